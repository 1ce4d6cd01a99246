//! Setting the labels of a run.

use prefect_schema::FlowRunId;
use prefect_transport::Error;

use crate::Api;
use crate::operations::set_flow_run_labels;

/// Why a run's labels were not set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetLabelsError {
    /// There is no such run.
    #[error("there is no flow run {id}")]
    NotFound {
        /// The run that was to have the labels.
        id: FlowRunId,
    },
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Api {
    /// Replaces the labels of a run: they decide which agents may take it, so they matter until one
    /// has. No labels at all are labels too: then only agents without any take the run.
    ///
    /// # Errors
    /// When there is no such run, or the server cannot be asked.
    pub async fn set_labels<L: Into<String>>(
        &self,
        id: FlowRunId,
        labels: impl IntoIterator<Item = L>,
    ) -> Result<(), SetLabelsError> {
        let labels: Vec<String> = labels.into_iter().map(L::into).collect();
        let answer = self.query("set_flow_run_labels", &set_flow_run_labels::build(id, &labels)).await?;
        if answer.found() { Ok(()) } else { Err(SetLabelsError::NotFound { id }) }
    }
}
