//! Scheduling many runs, a few at a time.

use futures_util::stream::{self, Stream, StreamExt};

use crate::{Flow, FlowRunRequest, ScheduleError, ScheduledFlowRun};

/// Schedules a run for each request, `in_flight` of them at the same time (0 counts as 1), and yields
/// the index of each with its outcome, as they finish. One that fails leaves the others as they are.
///
/// A request is taken from the iterator when there is room for it, and forgotten when its outcome is
/// yielded, so memory does not grow with their number. Nothing happens unless the stream is polled.
///
/// Dropping the stream takes no more requests, and leaves the outcome of those in flight unknown: give
/// keys of your own, and scheduling the same requests again makes no run twice.
pub fn schedule_many<I: IntoIterator<Item = (Flow, FlowRunRequest)>>(
    requests: I,
    in_flight: usize,
) -> impl Stream<Item = (usize, Result<ScheduledFlowRun, ScheduleError>)> + use<I> {
    stream::iter(requests.into_iter().enumerate())
        .map(async |(index, (flow, request))| (index, flow.schedule(request).await))
        .buffer_unordered(in_flight.max(1))
}

impl Flow {
    /// Schedules many runs of this flow; see [`schedule_many`].
    pub fn schedule_many<I: IntoIterator<Item = FlowRunRequest>>(
        &self,
        requests: I,
        in_flight: usize,
    ) -> impl Stream<Item = (usize, Result<ScheduledFlowRun, ScheduleError>)> + use<I> {
        let flow = self.clone();
        schedule_many(requests.into_iter().map(move |request| (flow.clone(), request)), in_flight)
    }
}
