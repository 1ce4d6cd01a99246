//! Running a [`FlowRunTask`].

use super::{Client, Error};
use crate::{FlowRunId, FlowRunTask, FlowRunTaskError, Overrides};

impl Client {
    /// Runs a task: schedules a run and returns its id; see [`FlowRunTask::run`].
    ///
    /// State handlers are called inside of the client's runtime, so they cannot make blocking calls.
    pub fn run(&self, task: &FlowRunTask) -> Result<FlowRunId, Error<FlowRunTaskError>> {
        self.runtime.call(task.run(&self.api))
    }

    /// Runs a task, with `overrides` in place of what it was made with; see [`FlowRunTask::run_with`].
    pub fn run_with(
        &self,
        task: &FlowRunTask,
        overrides: Overrides,
    ) -> Result<FlowRunId, Error<FlowRunTaskError>> {
        self.runtime.call(task.run_with(&self.api, overrides))
    }
}
