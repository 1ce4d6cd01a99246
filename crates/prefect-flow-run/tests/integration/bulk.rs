//! Many runs: requests are taken as there is room for them, and each has an outcome of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::StreamExt;
use prefect_flow_run::transport::{
    BoxFuture, Endpoint, HttpBody, HttpError, HttpService, ReqwestService, Transport,
};
use prefect_flow_run::{Api, Backend, FlowRunRequest, ScheduleError, schedule_many};
use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::json;
use tokio::sync::Barrier;

use crate::support::{empty, register};

/// A service that lets requests to create a run through only when so many of them are there.
#[derive(Debug, Clone)]
struct Turnstile {
    inner: Arc<ReqwestService>,
    barrier: Arc<Barrier>,
    passing: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Turnstile {
    fn new(sandbox: &Sandbox, at_once: usize) -> Self {
        let endpoint: Endpoint = sandbox.url().parse().unwrap();
        Self {
            inner: Arc::new(ReqwestService::for_endpoint(&endpoint, Duration::from_secs(1)).unwrap()),
            barrier: Arc::new(Barrier::new(at_once)),
            passing: Arc::default(),
            most: Arc::default(),
        }
    }

    fn api(&self, sandbox: &Sandbox) -> Api {
        let builder = Transport::builder(sandbox.url().parse().unwrap()).service(self.clone());
        Api::new(builder.build().unwrap(), Backend::Server)
    }
}

impl HttpService for Turnstile {
    fn call(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        Box::pin(async move {
            if !std::str::from_utf8(request.body()).unwrap().contains("create_flow_run(") {
                return self.inner.call(request).await;
            }
            self.most.fetch_max(self.passing.fetch_add(1, SeqCst) + 1, SeqCst);
            self.barrier.wait().await;
            let answer = self.inner.call(request).await;
            self.passing.fetch_sub(1, SeqCst);
            answer
        })
    }
}

/// The stream may go to another thread, as far as its iterator may.
fn sendable<T: Send>(stream: T) -> T {
    stream
}

fn with_x(x: usize) -> FlowRunRequest {
    FlowRunRequest::new().parameters(json!({ "x": x })).unwrap()
}

#[tokio::test]
async fn so_many_are_in_flight_and_requests_are_taken_as_there_is_room() {
    const IN_FLIGHT: usize = 4;
    let (sandbox, _, project) = empty().await;
    register(&sandbox, project).await;
    let turnstile = Turnstile::new(&sandbox, IN_FLIGHT);
    let flow = turnstile.api(&sandbox).find_flow("F").await.unwrap();

    let taken = Arc::new(AtomicUsize::new(0));
    let requests = (0..40).map(|x| {
        taken.fetch_add(1, SeqCst);
        with_x(x)
    });
    let mut runs = std::pin::pin!(sendable(flow.schedule_many(requests, IN_FLIGHT)));
    assert_eq!(taken.load(SeqCst), 0, "nothing happens before the stream is polled");
    let mut made = vec![None; 40];
    let mut yielded = 0;
    while let Some((index, run)) = runs.next().await {
        assert!(taken.load(SeqCst) - yielded <= IN_FLIGHT, "{} taken, {yielded} yielded", taken.load(SeqCst));
        yielded += 1;
        assert_eq!(made[index].replace(run.unwrap().id), None);
    }
    // The turnstile lets nobody through but by fours.
    assert_eq!((yielded, turnstile.most.load(SeqCst)), (40, IN_FLIGHT));
    for run in sandbox.flow_runs().await.unwrap() {
        let index = made.iter().position(|id| id.is_some_and(|id| id.0 == run.id)).unwrap();
        assert_eq!(run.parameters.get(), format!(r#"{{"x":{index}}}"#), "the index is the request's");
    }
}

#[tokio::test]
async fn of_several_flows_and_one_that_fails() {
    let (sandbox, api, project) = empty().await;
    let f = register(&sandbox, project).await;
    let g = sandbox.register_flow(FlowSpec::new(project, "G")).await.unwrap();
    let (f_found, g_found) = (api.find_flow("F").await.unwrap(), api.find_flow("G").await.unwrap());
    let requests = [
        (f_found.clone(), with_x(1)),
        (g_found.clone(), with_x(1)),
        (g_found, FlowRunRequest::new()),
        (f_found, with_x(2)),
    ];
    let mut outcomes: Vec<_> = schedule_many(requests, 2).collect().await;
    outcomes.sort_by_key(|(index, _)| *index);
    let flows: Vec<_> = outcomes.iter().map(|(_, run)| run.as_ref().ok().map(|run| run.flow_id.0)).collect();
    assert_eq!(flows, [Some(f.flow_id), None, Some(g.flow_id), Some(f.flow_id)]);
    assert!(matches!(outcomes[1].1, Err(ScheduleError::Parameters(_))));
}

#[tokio::test]
async fn dropped_in_the_middle_and_begun_again_with_its_keys_no_run_is_made_twice() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let flow = api.find_flow("F").await.unwrap();
    let requests = || (0..20).map(|x| with_x(x).idempotency_key(format!("key-{x}")));
    let mut first = Box::pin(flow.schedule_many(requests(), 5));
    for _ in 0..7 {
        first.next().await.unwrap().1.unwrap();
    }
    drop(first);
    // None in flight counts as one.
    let again: Vec<_> = flow.schedule_many(requests(), 0).collect().await;
    assert!(again.iter().enumerate().all(|(expected, (index, run))| expected == *index && run.is_ok()));
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 20);
}
