//! All that there is to tell of one flow run.

use jiff::Timestamp;
use prefect_schema::{AgentId, FlowId, FlowRunId, Json, ProjectId};
use prefect_transport::Error;

use crate::operations::flow_run_details;
use crate::{Api, State};

/// A flow run with all that it was made with and went through.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlowRunDetails {
    /// The run's id.
    pub id: FlowRunId,
    /// The run's name.
    pub name: String,
    /// The state.
    pub state: State,
    /// What the server or the runner says of the state.
    pub state_message: Option<String>,
    /// The states that it has had, the present one last.
    pub states: Vec<PastState>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its parameters, an object: those that were given and the flow's defaults.
    pub parameters: Option<Json>,
    /// Its context, an object.
    pub context: Option<Json>,
    /// Its run config, an object.
    pub run_config: Option<Json>,
    /// The key it was scheduled with.
    pub idempotency_key: Option<String>,
    /// Whether the flow's schedule made it.
    pub auto_scheduled: bool,
    /// The agent that took it.
    pub agent_id: Option<AgentId>,
    /// When the run was made.
    pub created: Timestamp,
    /// When anything of it last changed.
    pub updated: Timestamp,
    /// When it is, or was, to start.
    pub scheduled_start_time: Timestamp,
    /// When it started.
    pub start_time: Option<Timestamp>,
    /// When it ended. Prefect notes no time for some states that are final, such as Skipped.
    pub end_time: Option<Timestamp>,
    /// The flow version it is a run of.
    pub flow: FlowOfRun,
}

/// A state that a run has had.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PastState {
    /// The state.
    pub state: State,
    /// What the server or the runner said of it.
    pub message: Option<String>,
    /// When it was set, by the server's clock.
    pub timestamp: Timestamp,
}

/// The flow version that a run is of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowOfRun {
    /// The version's id.
    pub id: FlowId,
    /// The flow's name.
    pub name: String,
    /// The version's number; `None` on a server that counts none.
    pub version: Option<i32>,
    /// The id of the flow's project.
    pub project_id: ProjectId,
    /// The name of the flow's project.
    pub project_name: String,
}

impl Api {
    /// Reads all that there is to tell of a run, as `FlowRunView` of Prefect 1.4.1 has it; `None`
    /// when there is no such run. [`flow_run`](Self::flow_run) reads its state alone.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn flow_run_details(&self, id: FlowRunId) -> Result<Option<FlowRunDetails>, Error> {
        Ok(self.query("flow_run_details", &flow_run_details::build(id)).await?.into_details())
    }
}
