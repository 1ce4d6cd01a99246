//! Waiting for runs to finish.

use std::time::Duration;

use super::iter::Iter;
use super::runtime::Runtime;
use super::{Client, Error, InsideRuntime};
use crate::{FlowRun, FlowRunId, WaitError};

/// A wait for a run's end; see [`crate::Wait`].
#[derive(Debug, Clone)]
#[must_use = "a wait does nothing until `block` is called"]
pub struct Wait {
    runtime: Runtime,
    wait: crate::Wait,
}

impl Wait {
    pub(super) fn new(runtime: &Runtime, wait: crate::Wait) -> Self {
        Self { runtime: runtime.clone(), wait }
    }

    /// Gives up after `limit`. Default: never.
    pub fn timeout(self, limit: Duration) -> Self {
        Self { wait: self.wait.timeout(limit), ..self }
    }

    /// Waits; returns the run as it ended.
    pub fn block(self) -> Result<FlowRun, Error<WaitError>> {
        self.runtime.call(self.wait)
    }
}

impl Client {
    /// Waits until a run is finished; `block` on it to begin.
    pub fn wait(&self, id: FlowRunId) -> Wait {
        Wait::new(&self.runtime, self.api.wait(id))
    }

    /// Waits until each of some runs is finished, and yields each when it is; see
    /// [`Api::wait_many`](crate::Api::wait_many).
    pub fn wait_many<I: IntoIterator<Item = FlowRunId>>(
        &self,
        ids: I,
    ) -> impl Iterator<Item = Result<(FlowRunId, Result<FlowRun, WaitError>), InsideRuntime>> + Send + use<I>
    {
        Iter::new(&self.runtime, self.api.wait_many(ids))
    }
}
