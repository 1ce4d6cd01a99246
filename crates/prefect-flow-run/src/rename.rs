//! Renaming a run.

use prefect_schema::FlowRunId;
use prefect_transport::Error;

use crate::Api;
use crate::operations::set_flow_run_name;

/// Why a run was not renamed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenameError {
    /// The name is empty. Nothing was sent.
    #[error("a flow run cannot have an empty name")]
    EmptyName,
    /// There is no such run.
    #[error("there is no flow run {id}")]
    NotFound {
        /// The run that was to be renamed.
        id: FlowRunId,
    },
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Api {
    /// Gives a run another name, as `RenameFlowRun` of Prefect 1.4.1 does.
    ///
    /// # Errors
    /// When the name is empty, there is no such run, or the server cannot be asked.
    pub async fn rename(&self, id: FlowRunId, name: &str) -> Result<(), RenameError> {
        if name.is_empty() {
            return Err(RenameError::EmptyName);
        }
        let answer = self.query("set_flow_run_name", &set_flow_run_name::build(id, name)).await?;
        if answer.found() { Ok(()) } else { Err(RenameError::NotFound { id }) }
    }
}
