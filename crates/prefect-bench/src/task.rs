//! The task that is run: that of the README, on the sandbox's sample flow.

use prefect_client::FlowRunTask;
use serde_json::json;

use crate::Result;

pub(crate) fn task() -> Result<FlowRunTask> {
    let task = FlowRunTask::new().flow_name("My Cloud Flow").project_name("My Cloud Project");
    Ok(task.parameters(json!({ "name": "Ada" }))?)
}
