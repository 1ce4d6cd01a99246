//! A version of a flow that was found, and scheduling its runs.

use std::ops::Deref;

use super::iter::Iter;
use super::runtime::Runtime;
use super::{Client, Error, InsideRuntime, ScheduledFlowRun};
use crate::{FlowRunRequest, ScheduleError};

/// One version of a flow that was found. It dereferences to the async [`Flow`](crate::Flow) for what
/// that tells of itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Flow {
    pub(super) runtime: Runtime,
    pub(super) flow: crate::Flow,
}

impl Flow {
    /// Schedules one run, exactly once; see [`Flow::schedule`](crate::Flow::schedule).
    pub fn schedule(&self, request: FlowRunRequest) -> Result<ScheduledFlowRun, Error<ScheduleError>> {
        let run = self.runtime.call(self.flow.schedule(request))?;
        Ok(ScheduledFlowRun::new(&self.runtime, run))
    }

    /// Schedules many runs of this flow; see [`Client::schedule_many`].
    pub fn schedule_many<I: IntoIterator<Item = FlowRunRequest>>(
        &self,
        requests: I,
        in_flight: usize,
    ) -> impl Iterator<Item = Result<(usize, Result<ScheduledFlowRun, ScheduleError>), InsideRuntime>> + use<I>
    {
        let flow = self.flow.clone();
        let requests = requests.into_iter().map(move |request| (flow.clone(), request));
        schedule_many(&self.runtime, requests, in_flight)
    }
}

impl Deref for Flow {
    type Target = crate::Flow;

    fn deref(&self) -> &crate::Flow {
        &self.flow
    }
}

impl Client {
    /// Schedules a run for each request, and yields the index of each with its outcome, as they
    /// finish; see [`schedule_many`](crate::schedule_many).
    ///
    /// Requests are on their way only while the iterator is asked for the next outcome. They are taken
    /// from `requests` inside of the client's runtime, so making them cannot take blocking calls.
    pub fn schedule_many<I: IntoIterator<Item = (Flow, FlowRunRequest)>>(
        &self,
        requests: I,
        in_flight: usize,
    ) -> impl Iterator<Item = Result<(usize, Result<ScheduledFlowRun, ScheduleError>), InsideRuntime>> + use<I>
    {
        let requests = requests.into_iter().map(|(flow, request)| (flow.flow, request));
        schedule_many(&self.runtime, requests, in_flight)
    }
}

fn schedule_many<I: IntoIterator<Item = (crate::Flow, FlowRunRequest)>>(
    runtime: &Runtime,
    requests: I,
    in_flight: usize,
) -> impl Iterator<Item = Result<(usize, Result<ScheduledFlowRun, ScheduleError>), InsideRuntime>> + use<I> {
    let outcomes = Iter::new(runtime, crate::schedule_many(requests, in_flight));
    let runtime = runtime.clone();
    outcomes.map(move |outcome| {
        let (index, run) = outcome?;
        Ok((index, run.map(|run| ScheduledFlowRun::new(&runtime, run))))
    })
}
