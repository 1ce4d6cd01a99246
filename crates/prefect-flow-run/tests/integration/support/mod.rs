//! What the tests share: APIs to a sandbox or a mock server, a service that fails as it is told,
//! and a clock that does not wait.

#![allow(unreachable_pub)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prefect_flow_run::transport::{
    BoxFuture, Endpoint, HttpBody, HttpError, HttpService, ReqwestService, RetryPolicy, Timer, Transport,
};
use prefect_flow_run::{Api, Backend, FlowId, FlowRunId, TenantId};
use prefect_sandbox::{FlowSpec, ParameterSpec, RegisteredFlow, Sandbox};

pub const PROJECT: &str = "My Cloud Project";
pub const FLOW: &str = "My Cloud Flow";

/// A sandbox with the sample project and flow.
pub async fn sample() -> (Sandbox, Api) {
    let sandbox = Sandbox::builder().sample_flow(true).start().await.unwrap();
    let api = server(&sandbox.url());
    (sandbox, api)
}

/// An empty sandbox, and a project in it.
pub async fn empty() -> (Sandbox, Api, uuid::Uuid) {
    let sandbox = Sandbox::start().await.unwrap();
    let api = server(&sandbox.url());
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    (sandbox, api, project)
}

pub fn server(url: &str) -> Api {
    Api::new(transport(url), Backend::Server)
}

pub fn cloud(url: &str) -> Api {
    Api::new(transport(url), Backend::Cloud)
}

pub fn server_of_tenant(url: &str, tenant: uuid::Uuid) -> Api {
    Api::with_tenant(transport(url), Backend::Server, TenantId(tenant))
}

pub fn transport(url: &str) -> Transport {
    Transport::builder(url.parse().unwrap()).retry(quick()).build().unwrap()
}

fn quick() -> RetryPolicy {
    RetryPolicy::default().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(1))
}

/// An API over a service that fails as `faults` say.
pub fn faulty(url: &str, faults: &Faults) -> Api {
    let endpoint: Endpoint = url.parse().unwrap();
    let inner = ReqwestService::for_endpoint(&endpoint, Duration::from_secs(1)).unwrap();
    let service = FaultyService { inner, faults: faults.clone() };
    let transport = Transport::builder(endpoint).service(service).retry(quick()).build().unwrap();
    Api::new(transport, Backend::Server)
}

/// What is to happen to the next requests that contain a text.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Script>>>);

#[derive(Debug)]
struct Script {
    text: &'static str,
    faults: VecDeque<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the request is sent and its answer arrives.
    Pass,
    /// The request does not reach the server.
    NotSent,
    /// The request reaches the server, which handles it, and the answer is lost.
    AnswerLost,
    /// The request is lost, and nobody can tell.
    RequestLost,
    /// The request and its answer never end.
    Hang,
    /// The request is handled, and the answer never ends.
    HandledAndHang,
}

impl Faults {
    /// The faults of the next requests whose body contains `text`; what follows passes.
    pub fn on(&self, text: &'static str, faults: impl IntoIterator<Item = Fault>) -> &Self {
        self.0.lock().unwrap().push(Script { text, faults: faults.into_iter().collect() });
        self
    }

    /// How many of the faults of `text` have not happened yet.
    pub fn left(&self, text: &str) -> usize {
        let all = self.0.lock().unwrap();
        all.iter().filter(|script| script.text == text).map(|script| script.faults.len()).sum()
    }

    fn next(&self, body: &str) -> Fault {
        let mut all = self.0.lock().unwrap();
        let matching = all.iter_mut().find(|script| body.contains(script.text) && !script.faults.is_empty());
        matching.and_then(|script| script.faults.pop_front()).unwrap_or(Fault::Pass)
    }
}

#[derive(Debug)]
struct FaultyService {
    inner: ReqwestService,
    faults: Faults,
}

impl HttpService for FaultyService {
    fn call(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        let fault = self.faults.next(std::str::from_utf8(request.body()).unwrap());
        Box::pin(async move {
            match fault {
                Fault::Pass => self.inner.call(request).await,
                Fault::NotSent => Err(HttpError::not_sent("refused, as the test wants")),
                Fault::RequestLost => Err(HttpError::maybe_sent("lost, as the test wants")),
                Fault::AnswerLost => {
                    // The answer's head comes when the request is handled.
                    self.inner.call(request).await?;
                    Err(HttpError::maybe_sent("answer lost, as the test wants"))
                }
                Fault::Hang => std::future::pending().await,
                Fault::HandledAndHang => {
                    self.inner.call(request).await?;
                    std::future::pending().await
                }
            }
        })
    }
}

/// A clock whose pauses are over at once and are remembered; limits on work are real.
#[derive(Debug, Clone, Default)]
pub struct NoWait {
    pauses: Arc<Mutex<Vec<Duration>>>,
}

/// Pauses in the tests are not longer, limits on work are.
const LONGEST_PAUSE: Duration = Duration::from_secs(13);

impl NoWait {
    pub fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Timer for NoWait {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration > LONGEST_PAUSE {
            return Box::pin(tokio::time::sleep(duration));
        }
        self.pauses.lock().unwrap().push(duration);
        Box::pin(tokio::task::yield_now())
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// tokio's clock, which remembers the pauses of one length.
#[derive(Debug, Clone)]
pub struct CountedPauses {
    length: Duration,
    count: Arc<AtomicUsize>,
}

impl CountedPauses {
    pub fn of(length: Duration) -> Self {
        Self { length, count: Arc::default() }
    }

    /// How many were begun.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Timer for CountedPauses {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration == self.length {
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Registers the next version of the flow `F`, with a parameter `x`.
pub async fn register(sandbox: &Sandbox, project: uuid::Uuid) -> RegisteredFlow {
    let spec = FlowSpec::new(project, "F").parameter(ParameterSpec::optional("x", serde_json::json!(1)));
    sandbox.register_flow(spec).await.unwrap()
}

pub fn flow_id(registered: &RegisteredFlow) -> FlowId {
    FlowId(registered.flow_id)
}

/// The operations that the sandbox was asked for, in order.
pub fn asked(sandbox: &Sandbox) -> Vec<String> {
    sandbox.requests().into_iter().flat_map(|request| request.root_fields).collect()
}

/// The data that the server answers to an operation in text: what the library does not do itself.
pub async fn graphql(api: &Api, text: &str, input: serde_json::Value) -> serde_json::Value {
    let body = serde_json::json!({ "query": text, "variables": { "input": input } });
    let request = api.transport().request("test", &body).unwrap();
    api.transport().execute(&request).await.unwrap().into_result().unwrap()
}

/// Schedules a run as `input` says, and returns its id.
pub async fn schedule(api: &Api, input: serde_json::Value) -> FlowRunId {
    let text = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }";
    let data = graphql(api, text, input).await;
    data.pointer("/create_flow_run/id").unwrap().as_str().unwrap().parse().unwrap()
}
