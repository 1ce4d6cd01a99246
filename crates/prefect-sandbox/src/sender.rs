//! Who asks: what the headers of a request say about its sender.

use uuid::Uuid;

use crate::http::RecordedRequest;

#[derive(Clone, Debug, Default)]
pub(crate) struct Sender {
    /// The agent, in the form in which ids are stored.
    pub(crate) agent_id: Option<String>,
    /// The sender's version of Prefect.
    pub(crate) core_version: Option<String>,
}

impl Sender {
    pub(crate) fn of(request: &RecordedRequest) -> Self {
        let agent = request.header("x-prefect-agent-id").and_then(|id| id.parse::<Uuid>().ok());
        Self {
            agent_id: agent.map(|id| id.hyphenated().to_string()),
            core_version: request.header("x-prefect-core-version").map(str::to_owned),
        }
    }
}
