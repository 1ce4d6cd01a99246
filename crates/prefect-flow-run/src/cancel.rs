//! Cancelling a run.

use prefect_schema::FlowRunId;
use prefect_transport::{Error, Kind};

use crate::operations::cancel_flow_run;
use crate::{Api, State};

/// Why a run was not cancelled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// There is no such run.
    #[error("there is no flow run {id}")]
    NotFound {
        /// The run that was to be cancelled.
        id: FlowRunId,
    },
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Transport(Error),
}

pub(crate) async fn cancel(api: &Api, id: FlowRunId) -> Result<State, CancelError> {
    let call = api.for_one_call();
    let answer = call.query("cancel_flow_run", &cancel_flow_run::build(id)).await;
    let answer = answer.map_err(|error| match says_unknown(&error) {
        true => CancelError::NotFound { id },
        false => CancelError::Transport(error),
    })?;
    match answer.into_state() {
        Some(state) => Ok(state),
        // Cancelled without a word: the run itself says how.
        None => match call.flow_run(id).await.map_err(CancelError::Transport)? {
            Some(run) => Ok(run.state),
            None => Err(CancelError::NotFound { id }),
        },
    }
}

/// Whether the server knows no such run, in its own words of 1.x.
fn says_unknown(error: &Error) -> bool {
    let says = |text: &str| text.contains("Invalid flow run ID");
    error.kind() == Kind::GraphQl && error.graphql_errors().iter().any(|error| says(&error.message))
}
