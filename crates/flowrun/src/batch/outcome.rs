//! What became of a line, and the result line that tells it.

use std::error::Error;

use prefect_client::transport;
use prefect_client::{FindFlowError, FlowId, FlowRunId, ScheduleError, ScheduledFlowRun};
use serde::{Deserialize, Serialize};

/// A line of the results.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ResultLine {
    pub(super) line: u64,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    Scheduled { flow_run_id: FlowRunId, flow_id: FlowId, idempotency_key: String },
    Unknown { error: LineError, flow_id: FlowId, idempotency_key: String },
    Failed { error: LineError },
}

/// Why there is no run for a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LineError {
    pub(super) kind: Kind,
    pub(super) message: String,
}

/// The kinds of failure, as programs read them. They are listed in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    InvalidLine,
    InvalidParameters,
    NotFound,
    Ambiguous,
    Refused,
    NotAuthorised,
    Server,
    OutcomeUnknown,
}

impl Kind {
    /// Whether the same line may do better another time.
    pub(super) fn is_passing(self) -> bool {
        matches!(self, Self::NotAuthorised | Self::Server | Self::OutcomeUnknown)
    }
}

impl LineError {
    fn new(kind: Kind, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        for cause in std::iter::successors(error.source(), |&cause| cause.source()) {
            let cause = cause.to_string();
            // Some errors repeat their cause.
            if !message.contains(&cause) {
                message = format!("{message}: {cause}");
            }
        }
        Self { kind, message }
    }
}

impl Outcome {
    /// Whether nothing is left to do for the line: a journal keeps this.
    pub(super) fn is_settled(&self) -> bool {
        match self {
            Self::Scheduled { .. } => true,
            Self::Failed { error } | Self::Unknown { error, .. } => !error.kind.is_passing(),
        }
    }
}

impl From<ScheduledFlowRun> for Outcome {
    fn from(run: ScheduledFlowRun) -> Self {
        let idempotency_key = run.idempotency_key.as_str().to_owned();
        Self::Scheduled { flow_run_id: run.id, flow_id: run.flow_id, idempotency_key }
    }
}

impl From<LineError> for Outcome {
    fn from(error: LineError) -> Self {
        Self::Failed { error }
    }
}

impl From<ScheduleError> for Outcome {
    fn from(error: ScheduleError) -> Self {
        let kind = match &error {
            ScheduleError::Parameters(_) => Kind::InvalidParameters,
            ScheduleError::ServerTooOld(_) => Kind::Refused,
            ScheduleError::NotScheduled(cause) if is_refusal(cause) => Kind::Refused,
            ScheduleError::NotScheduled(cause) => kind_of(cause),
            ScheduleError::Archived { .. } => Kind::NotFound,
            ScheduleError::OutcomeUnknown { flow_id, key, .. } => {
                let idempotency_key = key.as_str().to_owned();
                let error = LineError::new(Kind::OutcomeUnknown, &error);
                return Self::Unknown { error, flow_id: *flow_id, idempotency_key };
            }
            _ => Kind::Server,
        };
        Self::Failed { error: LineError::new(kind, &error) }
    }
}

impl From<&FindFlowError> for LineError {
    fn from(error: &FindFlowError) -> Self {
        let kind = match error {
            FindFlowError::Transport(cause) => kind_of(cause),
            FindFlowError::ServerTooOld(_) => Kind::Refused,
            FindFlowError::NoFlowName | FindFlowError::NoProjectName => Kind::InvalidLine,
            FindFlowError::Ambiguous { .. } => Kind::Ambiguous,
            _ => Kind::NotFound,
        };
        Self::new(kind, error)
    }
}

/// Whether the server understood what was asked for, and will not do it: another time neither.
fn is_refusal(error: &transport::Error) -> bool {
    // 413: too large.
    (error.kind() == transport::Kind::GraphQl && !error.is_retryable()) || error.status() == Some(413)
}

fn kind_of(error: &transport::Error) -> Kind {
    if error.is_unauthorized() { Kind::NotAuthorised } else { Kind::Server }
}
