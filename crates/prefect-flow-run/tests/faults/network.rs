//! The way to the server: the client's own HTTP service, with an injection for each request that has one.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use prefect_flow_run::transport::{
    BoxFuture, HttpBody, HttpError, HttpService, ReqwestService, RetryPolicy, Transport, TransportBuilder,
};
use prefect_flow_run::{Api, Backend, FlowRunId, FlowRunRequest};
use prefect_sandbox::{FaultRule, FlowSpec, Sandbox};
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::net::{TcpListener, TcpSocket};

use crate::clock::Hurried;
use crate::injection::{Injection, NoWay};
use crate::scenario::IN_FLIGHT;

/// The limit on an attempt: what hangs, hangs longer.
pub(crate) const ATTEMPT: Duration = Duration::from_millis(500);
/// The limit on a call; longer than the clock's hurry, so that it is waited for.
pub(crate) const TOTAL: Duration = Duration::from_secs(60);
/// The limit on an answer.
const ANSWER: usize = 1 << 16;

/// A sandbox, and the places that a request ends up at when it does not reach it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    /// Shared by all scenarios, since none of its requests ever gets a connection.
    nowhere: ReqwestService,
    refused: TcpSocket,
    reset: u16,
}

impl World {
    pub(crate) async fn around(sandbox: Sandbox) -> Arc<Self> {
        let client = reqwest::Client::builder().no_proxy().dns_resolver(NoHosts);
        let nowhere = ReqwestService::from_client(client.tls_certs_only([]).build().unwrap());
        // Bound, so that nobody else gets the port; nobody listens on it.
        let refused = TcpSocket::new_v4().unwrap();
        refused.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let resetting = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let reset = resetting.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = resetting.accept().await {
                stream.set_zero_linger().unwrap();
            }
        });
        Arc::new(Self { sandbox, nowhere, refused, reset })
    }

    /// So many runs that are running, of one flow.
    pub(crate) async fn running(self: &Arc<Self>, count: usize) -> Vec<FlowRunId> {
        let sandbox = &self.sandbox;
        let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
        sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap();
        let api = api(self, &Script::default(), &Hurried::default(), 1);
        let flow = api.find_flow("F").await.unwrap();
        let runs = (0..count).map(async |_| {
            let run = flow.schedule(FlowRunRequest::new()).await.unwrap();
            sandbox.walk_flow_run(run.id.0, &["Submitted", "Running"]).await.unwrap();
            run.id
        });
        stream::iter(runs).buffered(IN_FLIGHT).collect().await
    }

    /// Where a request goes that does not reach the sandbox.
    fn astray(&self, way: NoWay) -> String {
        match way {
            NoWay::Refused => format!("http://{}/", self.refused.local_addr().unwrap()),
            NoWay::ResetAtOnce => format!("http://127.0.0.1:{}/", self.reset),
            NoWay::NoSuchHost => "http://server.invalid/".to_owned(),
            NoWay::NoTls => format!("https://{}/", self.sandbox.address()),
        }
    }
}

/// What goes wrong with the requests of one scenario, and what happens meanwhile.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<Steps>>);

#[derive(Default)]
struct Steps {
    injections: Vec<(&'static str, Injection)>,
    events: Vec<(&'static str, usize, BoxFuture<'static, ()>)>,
}

impl Script {
    /// The injections are for the requests that contain the text beside them, in order; later ones pass.
    pub(crate) fn new(injections: &[(&'static str, Injection)]) -> Self {
        let steps = Steps { injections: injections.to_vec(), events: Vec::new() };
        Self(Arc::new(Mutex::new(steps)))
    }

    /// Has something happen before the request of this number, from 1, among those that contain the text.
    pub(crate) fn before(
        &self,
        text: &'static str,
        number: usize,
        event: impl Future<Output = ()> + Send + 'static,
    ) {
        self.0.lock().unwrap().events.push((text, number, Box::pin(event)));
    }

    fn next(&self, body: &str) -> (Option<Injection>, Option<BoxFuture<'static, ()>>) {
        let mut steps = self.0.lock().unwrap();
        let found = steps.injections.iter().position(|(text, _)| body.contains(text));
        let injection = found.map(|index| steps.injections.remove(index).1);
        for (_, left, _) in steps.events.iter_mut().filter(|(text, ..)| body.contains(text)) {
            *left = left.saturating_sub(1);
        }
        let due = steps.events.iter().position(|(_, left, _)| *left == 0);
        (injection, due.map(|index| steps.events.swap_remove(index).2))
    }
}

/// The service of one scenario: its connections are its own, as what is done to them is.
struct Network {
    world: Arc<World>,
    server: ReqwestService,
    script: Script,
}

impl HttpService for Network {
    fn call(
        &self,
        mut request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        Box::pin(async move {
            let body = std::str::from_utf8(request.body()).unwrap();
            let (injection, event) = self.script.next(body);
            if let Some(event) = event {
                // It happens even if this attempt runs out of time.
                tokio::spawn(event).await.unwrap();
            }
            let inject = |rule: FaultRule| self.world.sandbox.faults().add(rule.containing(body));
            match injection {
                None => {}
                Some(Injection::Server(fault)) => inject(fault.into()),
                Some(Injection::AfterCommit(fault)) => inject(FaultRule::new(fault).after_commit()),
                Some(Injection::NoWay(way)) => {
                    *request.uri_mut() = self.world.astray(way).parse().unwrap();
                    return self.world.nowhere.call(request).await;
                }
            }
            self.server.call(request).await
        })
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// The sandbox as Prefect Server, over such a transport.
pub(crate) fn api(world: &Arc<World>, script: &Script, clock: &Hurried, attempts: u32) -> Api {
    let transport = transport(world, script, clock, attempts);
    Api::new(transport, Backend::Server)
}

/// A transport to the sandbox that goes as the script says, in a hurry.
pub(crate) fn transport(world: &Arc<World>, script: &Script, clock: &Hurried, attempts: u32) -> Transport {
    let quick = Duration::from_millis(1);
    let retry = RetryPolicy::default().max_attempts(attempts).min_delay(quick).max_delay(quick);
    builder(world, script, clock).retry(retry).attempt_timeout(ATTEMPT).build().unwrap()
}

/// The same, with the client's own limits on an attempt, and its retries.
pub(crate) fn builder(world: &Arc<World>, script: &Script, clock: &Hurried) -> TransportBuilder {
    let endpoint = world.sandbox.url().parse().unwrap();
    let server = ReqwestService::for_endpoint(&endpoint, ATTEMPT).unwrap();
    let network = Network { world: Arc::clone(world), server, script: script.clone() };
    Transport::builder(endpoint)
        .service(network)
        .timer(clock.clone())
        .total_timeout(TOTAL)
        .max_response_bytes(ANSWER)
}

/// Knows no host.
struct NoHosts;

impl Resolve for NoHosts {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::ready(Err("there is no such host".into())))
    }
}
