//! The states that a run of the task itself goes through, by Prefect's names.

use std::time::Duration;

use prefect_schema::FlowRunId;

use super::FlowRunTaskError;

/// The state of the task: of the scheduling, not of the flow run that was scheduled.
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskState {
    /// Not begun.
    Pending,
    /// A try is under way.
    Running,
    /// A try failed, and another one follows.
    Retrying {
        /// How many tries there were.
        run_count: u32,
        /// The pause before the next one.
        delay: Duration,
    },
    /// The flow run is scheduled.
    Success(FlowRunId),
    /// An earlier run of the task scheduled this flow run, and its id is still cached.
    Cached(FlowRunId),
    /// A try took longer than the task's timeout.
    TimedOut(FlowRunTaskError),
    /// A try failed.
    Failed(FlowRunTaskError),
}

impl TaskState {
    /// Whether this is `Failed` or `TimedOut`.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::TimedOut(_))
    }

    /// The name of Prefect's state class.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Retrying { .. } => "Retrying",
            Self::Success(_) => "Success",
            Self::Cached(_) => "Cached",
            Self::TimedOut(_) => "TimedOut",
            Self::Failed(_) => "Failed",
        }
    }

    /// What the task's run returns when it ends in this state.
    pub(super) fn into_result(self) -> Result<FlowRunId, FlowRunTaskError> {
        match self {
            Self::Success(id) | Self::Cached(id) => Ok(id),
            Self::TimedOut(error) | Self::Failed(error) => Err(error),
            unfinished => Err(FlowRunTaskError::StateHandler(format!(
                "a state handler ended the task in the state {}",
                unfinished.name()
            ))),
        }
    }
}
