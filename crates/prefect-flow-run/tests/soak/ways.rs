//! The ways to schedule runs, and what the client told of each in the end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use prefect_flow_run::{
    FindFlowError, Flow, FlowId, FlowRunId, FlowRunRequest, FlowRunTask, FlowRunTaskError, IdempotencyKey,
    Parameters, ScheduleError, ScheduledFlowRun,
};

use crate::plan::{Step, Way, flow_name};
use crate::scene::{PROJECT, Scene};

/// How often a call is made again before it counts as one that never ends well.
const AGAIN: usize = 1_000;

/// What the client told of a run.
pub(crate) struct Told {
    pub(crate) run: usize,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    Scheduled {
        id: FlowRunId,
        /// The version and the key; `None` where the client tells the id alone.
        of: Option<(FlowId, IdempotencyKey)>,
    },
    /// An error that promises that there is no run.
    Nothing,
    /// However often it was asked.
    Unsettled,
}

type Scheduled = Result<ScheduledFlowRun, ScheduleError>;

impl Scene<'_> {
    /// Takes a step of the plan.
    pub(crate) async fn take(&self, step: &Step) -> Vec<Told> {
        if let Some(flow) = step.registered {
            self.register(flow).await;
        }
        if step.resets > 0 {
            self.sandbox.faults().reset_connections(step.resets);
        }
        let (run, flow) = (step.runs.start, self.known(step.flow));
        let outcome = match step.way {
            Way::Task { max_retries } => self.task(run, step.flow, max_retries).await,
            Way::Find => self.find(run, step.flow).await,
            Way::Many { in_flight } => return self.many(step, &flow, in_flight).await,
            Way::ManyLeft { in_flight, after } => {
                return self.many_left(step, &flow, in_flight, after).await;
            }
            Way::Dropped { polls } => self.dropped(run, step.flow, &flow, polls).await,
            // What is resumed is a run of one version, so it must be the one that was asked for.
            Way::DroppedAndResumed { polls } => {
                self.dropped_and_resumed(run, step.flow, &flow.pinned(), polls).await
            }
        };
        vec![Told { run, outcome }]
    }

    async fn task(&self, run: usize, flow: usize, max_retries: u32) -> Outcome {
        let mut task = FlowRunTask::new().flow_name(flow_name(flow)).project_name(PROJECT);
        if max_retries > 0 {
            task = task.max_retries(max_retries).retry_delay(Duration::from_millis(1));
        }
        match task.parameters(self.parameters(run)).unwrap().run(&self.api).await {
            Ok(id) => {
                self.answered(run, "scheduled".to_owned());
                Outcome::Scheduled { id, of: None }
            }
            Err(FlowRunTaskError::Find(error)) => self.not_found(run, &error),
            Err(FlowRunTaskError::Schedule(error)) => self.settle(run, flow, Err(error)).await,
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn find(&self, run: usize, flow: usize) -> Outcome {
        match self.newest(flow).await {
            Ok(found) => self.settle(run, flow, found.schedule(self.request(run)).await).await,
            Err(error) => self.not_found(run, &error),
        }
    }

    async fn many(&self, step: &Step, flow: &Flow, in_flight: usize) -> Vec<Told> {
        let requests = step.runs.clone().map(|run| self.request(run));
        let outcomes: Vec<_> = flow.schedule_many(requests, in_flight).collect().await;
        let settled = outcomes.into_iter().map(async |(index, outcome)| {
            let run = step.runs.start + index;
            Told { run, outcome: self.settle(run, step.flow, outcome).await }
        });
        stream::iter(settled).buffer_unordered(in_flight).collect().await
    }

    async fn many_left(&self, step: &Step, flow: &Flow, in_flight: usize, after: usize) -> Vec<Told> {
        let requests = step.runs.clone().map(|run| self.request(run));
        let first = pin!(flow.schedule_many(requests, in_flight)).take(after).collect::<Vec<_>>().await;
        self.count(|counts| counts.dropped += 1);
        let runs = step.runs.clone().map(async |run| Told { run, outcome: self.again(run, flow).await });
        let mut told: Vec<_> = stream::iter(runs).buffer_unordered(in_flight).collect().await;
        // What was told before it was left is true as well.
        for (index, outcome) in first {
            let run = step.runs.start + index;
            self.note(run, &outcome);
            if let Ok(scheduled) = outcome {
                told.push(Told { run, outcome: scheduled.into() });
            }
        }
        told
    }

    async fn dropped(&self, run: usize, flow: usize, found: &Flow, polls: u32) -> Outcome {
        match polled(polls, found.schedule(self.request(run))).await {
            Some(outcome) => self.settle(run, flow, outcome).await,
            None => {
                self.count(|counts| counts.dropped += 1);
                self.again(run, found).await
            }
        }
    }

    async fn dropped_and_resumed(&self, run: usize, flow: usize, found: &Flow, polls: u32) -> Outcome {
        let outcome = match polled(polls, found.schedule(self.request(run))).await {
            Some(outcome) => outcome,
            None => {
                self.count(|counts| counts.dropped += 1);
                self.resume(run, found.id(), self.key(run)).await
            }
        };
        self.settle(run, flow, outcome).await
    }

    /// Makes a call again and again, until there is a run: an error says nothing of the call that was dropped.
    async fn again(&self, run: usize, found: &Flow) -> Outcome {
        let mut outcome = found.schedule(self.request(run)).await;
        for _ in 0..AGAIN {
            self.note(run, &outcome);
            outcome = match outcome {
                Ok(scheduled) => return scheduled.into(),
                Err(ScheduleError::OutcomeUnknown { flow_id, key, .. }) => {
                    self.resume(run, flow_id, key).await
                }
                Err(_) => found.schedule(self.request(run)).await,
            };
        }
        Outcome::Unsettled
    }

    /// Resumes what is unknown until it is known. A version that was archived before there was a run of it
    /// is replaced by the newest one.
    async fn settle(&self, run: usize, flow: usize, mut outcome: Scheduled) -> Outcome {
        let mut resumed = None;
        for _ in 0..AGAIN {
            self.note(run, &outcome);
            outcome = match outcome {
                Ok(scheduled) => return scheduled.into(),
                Err(ScheduleError::OutcomeUnknown { flow_id, key, .. }) => {
                    resumed = Some(key.clone());
                    self.resume(run, flow_id, key).await
                }
                Err(ScheduleError::Archived { .. }) => {
                    let key = resumed.clone().unwrap_or_else(|| self.key(run));
                    match self.newest(flow).await {
                        Ok(found) => found.schedule(self.request(run).idempotency_key(key)).await,
                        Err(error) => return self.not_found(run, &error),
                    }
                }
                Err(_) => return Outcome::Nothing,
            };
        }
        Outcome::Unsettled
    }

    async fn resume(&self, run: usize, flow_id: FlowId, key: IdempotencyKey) -> Scheduled {
        self.count(|counts| counts.resumed += 1);
        self.api.resume(flow_id, key, self.request(run)).await
    }

    async fn newest(&self, flow: usize) -> Result<Flow, FindFlowError> {
        let found = self.api.find_flow(flow_name(flow)).in_project(PROJECT).await?;
        self.now_known(flow, found.clone());
        Ok(found)
    }

    fn key(&self, run: usize) -> IdempotencyKey {
        self.plan.key(run).into()
    }

    fn parameters(&self, run: usize) -> Parameters {
        Parameters::from_text(self.plan.parameters(run)).unwrap()
    }

    fn request(&self, run: usize) -> FlowRunRequest {
        FlowRunRequest::new().parameters(self.parameters(run)).unwrap().idempotency_key(self.key(run))
    }

    /// Nothing is scheduled of a flow that is not found. Every flow is there, so only the way to it may fail.
    fn not_found(&self, run: usize, error: &FindFlowError) -> Outcome {
        match error {
            FindFlowError::Transport(error) => {
                self.answered(run, format!("flow not found: {:?}", error.kind()));
            }
            error => self.count(|counts| counts.wrong(format!("a flow is there, and it was told: {error}"))),
        }
        Outcome::Nothing
    }

    fn note(&self, run: usize, outcome: &Scheduled) {
        let answer = match outcome {
            Ok(_) => "scheduled".to_owned(),
            Err(ScheduleError::NotScheduled(error)) => format!("not scheduled: {:?}", error.kind()),
            Err(ScheduleError::NoNewerVersion(FindFlowError::Transport(error))) => {
                format!("newer version not found: {:?}", error.kind())
            }
            Err(ScheduleError::Archived { .. }) => "archived".to_owned(),
            Err(ScheduleError::OutcomeUnknown { .. }) => "outcome unknown".to_owned(),
            Err(error) => {
                return self.count(|counts| counts.wrong(format!("told for no reason: {error:?}")));
            }
        };
        self.answered(run, answer);
    }
}

impl From<ScheduledFlowRun> for Outcome {
    fn from(run: ScheduledFlowRun) -> Self {
        Self::Scheduled { id: run.id, of: Some((run.flow_id, run.idempotency_key)) }
    }
}

/// Polls a call so often at the most; `None` when it is dropped after that.
async fn polled<T>(polls: u32, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        call.as_mut().poll(context).map(Some)
    })
    .await
}
