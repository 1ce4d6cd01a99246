//! A flow run as it was at the moment it was read.

use prefect_schema::{FlowId, FlowRunId};

use crate::State;

/// A flow run and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowRun {
    /// The run's id.
    pub id: FlowRunId,
    /// The flow version it is a run of.
    pub flow_id: FlowId,
    /// The run's name.
    pub name: String,
    /// The state.
    pub state: State,
    /// What the server or the runner says of the state.
    pub state_message: Option<String>,
}
