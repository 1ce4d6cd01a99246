//! A run that was scheduled.

use std::ops::Deref;

use super::runtime::Runtime;
use super::{Client, Error, Wait, Watch};
use crate::{FlowId, FlowRunRequest, IdempotencyKey, ScheduleError, UiError};

/// A run that was scheduled. It dereferences to the async
/// [`ScheduledFlowRun`](crate::ScheduledFlowRun), which has its id and its key.
#[derive(Debug, Clone)]
pub struct ScheduledFlowRun {
    runtime: Runtime,
    run: crate::ScheduledFlowRun,
}

impl ScheduledFlowRun {
    pub(super) fn new(runtime: &Runtime, run: crate::ScheduledFlowRun) -> Self {
        Self { runtime: runtime.clone(), run }
    }

    /// Waits until the run is finished; `block` on it to begin.
    pub fn wait(&self) -> Wait {
        Wait::new(&self.runtime, self.run.wait())
    }

    /// Follows the run: its states and its log.
    pub fn watch(&self) -> Watch {
        Watch::new(&self.runtime, self.run.watch())
    }

    /// The run's page in the user interface; see [`ScheduledFlowRun::url`](crate::ScheduledFlowRun::url).
    pub fn url(&self) -> Result<String, Error<UiError>> {
        self.runtime.call(self.run.url())
    }
}

impl Deref for ScheduledFlowRun {
    type Target = crate::ScheduledFlowRun;

    fn deref(&self) -> &crate::ScheduledFlowRun {
        &self.run
    }
}

impl Client {
    /// Settles a [`ScheduleError::OutcomeUnknown`]; see [`Api::resume`](crate::Api::resume).
    pub fn resume(
        &self,
        flow_id: FlowId,
        key: IdempotencyKey,
        request: FlowRunRequest,
    ) -> Result<ScheduledFlowRun, Error<ScheduleError>> {
        let run = self.runtime.call(self.api.resume(flow_id, key, request))?;
        Ok(ScheduledFlowRun::new(&self.runtime, run))
    }
}
