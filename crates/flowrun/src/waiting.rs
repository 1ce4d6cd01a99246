//! Waiting for a run's end, with or without its log.

use std::time::Duration;

use prefect_client::{Client, FlowRun, FlowRunId};

use crate::args::Global;
use crate::failure::Failure;
use crate::follow;

/// How to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    pub(crate) timeout: Option<Duration>,
    /// Whether the run's states and its log are shown.
    pub(crate) logs: bool,
}

impl Waiting {
    /// The run as it is when it is finished.
    pub(crate) async fn for_end_of(
        self,
        id: FlowRunId,
        client: &Client,
        global: &Global,
    ) -> Result<FlowRun, Failure> {
        if self.logs {
            return follow::to_the_end(client.watch(id), id, self.timeout, global).await;
        }
        let wait = client.wait(id);
        Ok(match self.timeout {
            Some(limit) => wait.timeout(limit).await?,
            None => wait.await?,
        })
    }
}
