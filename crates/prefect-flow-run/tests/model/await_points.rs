//! Calls that are dropped at each of their await points, once, and made again.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use prefect_flow_run::transport::{BoxError, BoxFuture, Timer, TokioTimer};
use prefect_flow_run::{
    Api, Backend, Flow, FlowRunId, ScheduleError, TaskState, Tenant, TenantId, TokenLogin,
};
use serde_json::json;
use uuid::Uuid;

use crate::calls::{Outcome, request, resume, task, task_outcome};
use crate::event::{Arrival, Change, Event, Fate, Sign};
use crate::network::{KEY, Network};
use crate::server::FLOW;

/// A request has three await points of its own: on its way, on the way back, and in the body.
const POINTS_OF_A_REQUEST: usize = 3;

/// How long a try of a task may take: never reached, but cut short by [`CutShort`].
const LIMIT: Duration = Duration::from_secs(3600);

const ANSWERED: Event = Event { before: None, fate: Fate::Answered };
const ANSWER_LOST: Event = Event { before: None, fate: Fate::InDoubt(Arrival::Now, Sign::ConnectionLost) };
const LATE: Event = Event { before: None, fate: Fate::InDoubt(Arrival::Late(2), Sign::ConnectionLost) };
const ARCHIVED: Event = Event { before: Some(Change::Registered), fate: Fate::Answered };

/// What happens to the requests of the call that is dropped.
const SCRIPTS: [&[Event]; 5] =
    [&[], &[ANSWER_LOST], &[ANSWER_LOST; 4], &[ARCHIVED], &[LATE, ANSWER_LOST, ARCHIVED]];

/// What happens before the call is made again.
const MEANWHILE: [&[Event]; 2] = [&[], &[ARCHIVED]];

#[tokio::test(start_paused = true)]
async fn schedule() {
    dropped_and_made_again(async |_, flow| {
        let run = flow.schedule(request().idempotency_key(KEY)).await?;
        Ok(vec![run.id])
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn finding_and_scheduling() {
    dropped_and_made_again(async |api, _| {
        let flow = api.find_flow(FLOW).await?;
        let run = flow.schedule(request().idempotency_key(KEY)).await?;
        Ok(vec![run.id])
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn resuming() {
    dropped_and_made_again(async |api, flow| match api.resume(flow.id(), KEY.into(), request()).await {
        Err(ScheduleError::Archived { .. }) => Ok(vec![]),
        outcome => Ok(vec![outcome?.id]),
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn schedule_many() {
    dropped_and_made_again(async |_, flow| {
        let requests = ["a", "b", "c"].map(|key| request().idempotency_key(key));
        flow.schedule_many(requests, 2).map(|(_, run)| Ok(run?.id)).try_collect().await
    })
    .await;
}

fn scenes() -> impl Iterator<Item = (&'static [Event], &'static [Event])> {
    SCRIPTS.into_iter().flat_map(|script| MEANWHILE.map(|meanwhile| (script, meanwhile)))
}

/// In every scene: the runs that the second call tells of are there, and no others.
async fn dropped_and_made_again(call: impl AsyncFn(&Api, &Flow) -> Result<Vec<FlowRunId>, BoxError>) {
    for (script, meanwhile) in scenes() {
        at_every_point(async |point| {
            let network = Network::new();
            let api = network.api();
            let flow = api.find_flow(FLOW).await.unwrap();
            network.expect(script.to_vec());
            let done = dropped_at(point, call(&api, &flow)).await.is_some();
            network.expect(meanwhile.to_vec());
            let told = call(&api, &flow).await.unwrap();
            network.deliver_late();
            assert_runs(&network, told, &format!("{script:?}, dropped at {point}, {meanwhile:?}"));
            done
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_in() {
    for script in [&[][..], &[ANSWER_LOST], &[ANSWER_LOST; 2]] {
        at_every_point(async |point| {
            let network = Network::new();
            let tenant = Tenant::Id(TenantId(Uuid::nil()));
            let login = TokenLogin::new(network.transport(TokioTimer), "token", tenant);
            let api = Api::new(network.transport(TokioTimer).with_credentials(login), Backend::Cloud);
            network.expect(script.to_vec());
            let call = async || {
                let flow = api.find_flow(FLOW).in_project("P").await.unwrap();
                flow.schedule(request().idempotency_key(KEY)).await.unwrap().id
            };
            let done = dropped_at(point, call()).await.is_some();
            let told = call().await;
            assert_runs(&network, vec![told], &format!("{script:?}, dropped at {point}"));
            done
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_try_of_a_task_that_is_tried_again() {
    for (script, meanwhile) in scenes() {
        at_every_point(async |point| {
            let network = Network::new();
            let timer = CutShort::at(point);
            let api = Api::new(network.transport(timer.clone()), Backend::Server);
            // The first request looks the flow up.
            network.expect([&[ANSWERED], script].concat());
            let between = network.clone();
            let task =
                task().timeout(LIMIT).max_retries(1).retry_delay(Duration::from_secs(1)).state_handler(
                    move |_, _, new| {
                        if matches!(new, TaskState::Retrying { .. }) {
                            between.expect(meanwhile.to_vec());
                        }
                        None
                    },
                );
            let told = task.run(&api).await.unwrap();
            network.deliver_late();
            assert_runs(&network, vec![told], &format!("{script:?}, cut short at {point}, {meanwhile:?}"));
            timer.was_not_needed()
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_cut_short() {
    for script in SCRIPTS {
        at_every_point(async |point| {
            let network = Network::new();
            let timer = CutShort::at(point);
            let api = Api::new(network.transport(timer.clone()), Backend::Server);
            network.expect([&[ANSWERED], script].concat());
            let outcome = task_outcome(task().timeout(LIMIT).run(&api).await);
            network.expect([]);
            let told = match outcome {
                Outcome::Made(id, _) => vec![id],
                Outcome::Nothing => vec![],
                Outcome::Unknown(flow_id, key) => match resume(&api, flow_id, key).await {
                    Outcome::Made(id, _) => vec![id],
                    Outcome::Nothing if network.server(|server| server.is_archived(flow_id)) => vec![],
                    other => panic!("{other:?}"),
                },
            };
            network.deliver_late();
            assert_runs(&network, told, &format!("{script:?}, cut short at {point}"));
            timer.was_not_needed()
        })
        .await;
    }
}

/// Calls `case` with 1, 2, 3, … until it says that its call was done before that point.
async fn at_every_point(case: impl AsyncFn(usize) -> bool) {
    let mut point = 1;
    while !case(point).await {
        point += 1;
    }
    assert!(point > POINTS_OF_A_REQUEST, "{point}");
}

/// Drops `future` at its await point of this number; `None` unless it was done before.
async fn dropped_at<F: Future>(point: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut countdown = Countdown(point);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => countdown.poll().map(|()| None),
    })
    .await
}

struct Countdown(usize);

impl Countdown {
    fn poll(&mut self) -> Poll<()> {
        self.0 -= 1;
        if self.0 == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// tokio's clock, on which the first try of a task is over at the await point of a number.
#[derive(Debug, Clone)]
struct CutShort(Arc<AtomicUsize>);

impl CutShort {
    fn at(point: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(point)))
    }

    fn was_not_needed(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

impl Timer for CutShort {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration != LIMIT {
            return TokioTimer.sleep(duration);
        }
        let left = Arc::clone(&self.0);
        Box::pin(poll_fn(move |_: &mut Context<'_>| {
            match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
                Ok(1) => Poll::Ready(()),
                _ => Poll::Pending,
            }
        }))
    }

    fn now(&self) -> Instant {
        TokioTimer.now()
    }
}

fn assert_runs(network: &Network, mut told: Vec<FlowRunId>, story: &str) {
    let runs = network.runs();
    let mut there: Vec<_> = runs.iter().map(|run| run.id).collect();
    told.sort_by_key(|id| id.0);
    there.sort_by_key(|id| id.0);
    assert_eq!(told, there, "{story}: {runs:?}");
    assert!(runs.iter().all(|run| run.parameters == json!({ "x": 7 })), "{story}: {runs:?}");
}
