//! The calls that are tested, and what each outcome promises.

use std::time::Duration;

use prefect_flow_run::{
    Api, Flow, FlowId, FlowRunId, FlowRunRequest, FlowRunTask, FlowRunTaskError, IdempotencyKey,
    ScheduleError, ScheduledFlowRun,
};
use serde_json::json;

use crate::network::KEY;
use crate::server::FLOW;

/// Of a task that is tried again.
const RETRIES: u32 = 2;

#[derive(Debug, Clone, Copy)]
pub enum Call {
    /// Of a flow that was found by its name: a newer version may take its place.
    Schedule,
    /// The lookup too, each time that the call is made.
    FindAndSchedule,
    /// Without a key of the caller's.
    ScheduleWithoutKey,
    /// Of one version, which nothing replaces.
    SchedulePinned,
    /// Of what another process began.
    Resume,
    /// The lookup too, in three tries of 20 s.
    Task,
}

/// What a call says.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The run is scheduled. A task does not say of which version.
    Made(FlowRunId, Option<FlowId>),
    /// Nothing was scheduled.
    Nothing,
    Unknown(FlowId, IdempotencyKey),
}

impl Call {
    pub const ALL: [Self; 6] = [
        Self::Schedule,
        Self::FindAndSchedule,
        Self::ScheduleWithoutKey,
        Self::SchedulePinned,
        Self::Resume,
        Self::Task,
    ];

    /// Whether making the call again is meant to find the same run.
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Self::ScheduleWithoutKey | Self::Task)
    }

    /// How many times it may take the time of one call.
    pub fn tries(self) -> u32 {
        match self {
            Self::Task => 1 + RETRIES,
            Self::FindAndSchedule => 2,
            _ => 1,
        }
    }

    pub async fn make(self, api: &Api, flow: &Flow) -> Outcome {
        let with_key = request().idempotency_key(KEY);
        match self {
            Self::Schedule => outcome(flow.schedule(with_key).await),
            Self::FindAndSchedule => match api.find_flow(FLOW).await {
                Ok(flow) => outcome(flow.schedule(with_key).await),
                Err(_) => Outcome::Nothing,
            },
            Self::ScheduleWithoutKey => outcome(flow.schedule(request()).await),
            Self::SchedulePinned => outcome(flow.pinned().schedule(with_key).await),
            Self::Resume => resume(api, flow.id(), KEY.into()).await,
            Self::Task => task_outcome(impatient_task().run(api).await),
        }
    }
}

pub async fn resume(api: &Api, flow_id: FlowId, key: IdempotencyKey) -> Outcome {
    outcome(api.resume(flow_id, key, request()).await)
}

/// A request whose start is frozen by the first attempt.
pub fn request() -> FlowRunRequest {
    FlowRunRequest::new().parameters(json!({ "x": 7 })).unwrap().start_in(Duration::from_secs(60))
}

/// The task, which looks up the flow too.
pub fn task() -> FlowRunTask {
    FlowRunTask::new().flow_name(FLOW).parameters(json!({ "x": 7 })).unwrap()
}

fn impatient_task() -> FlowRunTask {
    task().max_retries(RETRIES).retry_delay(Duration::from_secs(1)).timeout(Duration::from_secs(20))
}

pub fn outcome(result: Result<ScheduledFlowRun, ScheduleError>) -> Outcome {
    match result {
        Ok(run) => Outcome::Made(run.id, Some(run.flow_id)),
        Err(ScheduleError::OutcomeUnknown { flow_id, key, .. }) => Outcome::Unknown(flow_id, key),
        Err(_) => Outcome::Nothing,
    }
}

pub fn task_outcome(result: Result<FlowRunId, FlowRunTaskError>) -> Outcome {
    match result {
        Ok(id) => Outcome::Made(id, None),
        Err(FlowRunTaskError::Schedule(error)) => outcome(Err(error)),
        Err(_) => Outcome::Nothing,
    }
}
