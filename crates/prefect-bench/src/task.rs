//! What is run: the README's call, on the sandbox's sample flow.

use prefect_client::{Client, Flow, FlowRunRequest, FlowRunTask};
use serde_json::json;

use crate::Result;

pub(crate) const FLOW: &str = "My Cloud Flow";
pub(crate) const PROJECT: &str = "My Cloud Project";

pub(crate) fn task() -> Result<FlowRunTask> {
    let task = FlowRunTask::new().flow_name(FLOW).project_name(PROJECT);
    Ok(task.parameters(json!({ "name": "Ada" }))?)
}

/// The flow of the task.
pub(crate) async fn flow(client: &Client) -> Result<Flow> {
    Ok(client.find_flow(FLOW).in_project(PROJECT).await?)
}

/// What the task asks the flow for.
pub(crate) fn request() -> Result<FlowRunRequest> {
    Ok(FlowRunRequest::new().parameters(json!({ "name": "Ada" }))?)
}
