//! The network between the client and the reference server: it does to each request what the next
//! event says, and remembers what was sent. Without events it delivers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http_body_util::{BodyExt, Full, StreamBody};
use prefect_flow_run::transport::{
    BoxError, BoxFuture, HttpBody, HttpError, HttpService, RetryPolicy, Timer, TokioTimer, Transport,
};
use prefect_flow_run::{Api, Backend, FlowId};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::event::{Arrival, Change, Event, Failure, Fate, Sign};
use crate::server::{Caller, RIVAL, Run, Server, refusal};

/// The key of every call that brings one.
pub const KEY: &str = "k";

#[derive(Debug, Clone, Default)]
pub struct Network {
    shared: Arc<Mutex<Shared>>,
    dropping: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Shared {
    server: Server,
    events: VecDeque<Event>,
    late: Vec<LateRequest>,
    caller: Caller,
    sent: Vec<Bytes>,
}

#[derive(Debug)]
struct LateRequest {
    requests_left: u8,
    caller: Caller,
    body: Value,
}

/// What the client gets.
enum Reply {
    NotSent,
    Lost,
    Silence,
    Cut(Bytes),
    Whole(StatusCode, Bytes),
}

impl Network {
    /// A server with one version of the flow.
    pub fn new() -> Self {
        let network = Self::default();
        network.lock().server.register(false);
        network
    }

    /// A client of the server, which goes by tokio's clock.
    pub fn api(&self) -> Api {
        Api::new(self.transport(TokioTimer), Backend::Server)
    }

    pub fn transport(&self, timer: impl Timer + 'static) -> Transport {
        let pause = Duration::from_millis(1);
        Transport::builder("http://localhost".parse().unwrap())
            .service(self.clone())
            .timer(timer)
            .retry(RetryPolicy::default().min_delay(pause).max_delay(pause))
            .build()
            .unwrap()
    }

    /// What is to happen to the next requests.
    pub fn expect(&self, events: impl IntoIterator<Item = Event>) {
        self.lock().events = events.into_iter().collect();
    }

    /// Begins another call: requests are counted from here.
    pub fn next_caller(&self) -> Caller {
        let mut shared = self.lock();
        shared.sent.clear();
        shared.caller += 1;
        shared.caller
    }

    /// What the present call has sent.
    pub fn sent(&self) -> Vec<Bytes> {
        self.lock().sent.clone()
    }

    /// Lets the requests that are still under way arrive.
    pub fn deliver_late(&self) {
        let shared = &mut *self.lock();
        for late in shared.late.drain(..) {
            shared.server.execute(late.caller, &late.body);
        }
    }

    /// Completes when the caller is to drop the call.
    pub async fn dropping(&self) {
        self.dropping.notified().await;
    }

    pub fn runs(&self) -> Vec<Run> {
        self.lock().server.runs().to_vec()
    }

    pub fn server<T>(&self, read: impl FnOnce(&mut Server) -> T) -> T {
        read(&mut self.lock().server)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl Shared {
    fn handle(&mut self, text: &Bytes, dropping: &Notify) -> Reply {
        self.sent.push(text.clone());
        let body: Value = serde_json::from_slice(text).unwrap();
        self.deliver_due();
        let event = self.events.pop_front().unwrap_or(Event { before: None, fate: Fate::Answered });
        if let Some(change) = event.before {
            self.server.change(change);
        }
        match event.fate {
            Fate::Answered => ok(&self.server.execute(self.caller, &body)),
            Fate::AnsweredInPart => {
                let mut answer = self.server.execute(self.caller, &body);
                answer["errors"] = json!([{ "message": "something else failed" }]);
                ok(&answer)
            }
            Fate::Failed(failure) => failed(failure),
            Fate::InDoubt(arrival, sign) => {
                match arrival {
                    Arrival::Never => {}
                    Arrival::Now => drop(self.server.execute(self.caller, &body)),
                    Arrival::Late(requests_left) => {
                        self.late.push(LateRequest { requests_left, caller: self.caller, body });
                    }
                }
                if matches!(sign, Sign::CallDropped) {
                    dropping.notify_one();
                }
                in_doubt(sign)
            }
        }
    }

    fn deliver_due(&mut self) {
        self.late.iter_mut().for_each(|late| late.requests_left -= 1);
        for due in self.late.extract_if(.., |late| late.requests_left == 0) {
            self.server.execute(due.caller, &due.body);
        }
    }
}

impl Server {
    fn change(&mut self, change: Change) {
        match change {
            Change::Registered => drop(self.register(false)),
            Change::RegisteredWithMore => drop(self.register(true)),
            Change::Archived => self.archive(),
            Change::Rival => {
                // One that found the flow when the call did has found the run of its key.
                if let Some(flow_id) = self.newest().filter(|_| self.runs().is_empty()) {
                    self.execute(RIVAL, &creation(flow_id));
                }
            }
        }
    }
}

/// The request of a rival.
fn creation(flow_id: FlowId) -> Value {
    let input = json!({ "flow_id": flow_id, "idempotency_key": KEY, "parameters": { "x": 7 } });
    json!({ "query": "mutation CreateFlowRun { }", "variables": { "input": input } })
}

fn ok(answer: &Value) -> Reply {
    Reply::Whole(StatusCode::OK, answer.to_string().into())
}

fn failed(failure: Failure) -> Reply {
    match failure {
        Failure::NotSent => Reply::NotSent,
        Failure::TooManyRequests => Reply::Whole(StatusCode::TOO_MANY_REQUESTS, Bytes::new()),
        Failure::Unauthenticated => {
            let error = json!({ "message": "who?", "extensions": { "code": "UNAUTHENTICATED" } });
            ok(&json!({ "data": null, "errors": [error] }))
        }
        Failure::Refused => ok(&refusal("Required parameters were not supplied: {'y'}")),
    }
}

fn in_doubt(sign: Sign) -> Reply {
    match sign {
        Sign::ConnectionLost => Reply::Lost,
        Sign::BodyCut => Reply::Cut(Bytes::from_static(br#"{"data":{"create_flow_run":{"id":"#)),
        Sign::Silence | Sign::CallDropped => Reply::Silence,
        Sign::BadGateway => Reply::Whole(StatusCode::BAD_GATEWAY, Bytes::new()),
        Sign::ApiError => {
            let error = json!({ "message": "oh", "extensions": { "code": "API_ERROR" } });
            ok(&json!({ "data": null, "errors": [error] }))
        }
        Sign::NoId => ok(&json!({ "data": { "create_flow_run": null } })),
        Sign::Html => Reply::Whole(StatusCode::OK, Bytes::from_static(b"<html>please log in")),
    }
}

impl HttpService for Network {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        // Each pause is a point at which the call may be dropped.
        Box::pin(async move {
            yield_now().await;
            let reply = self.lock().handle(request.body(), &self.dropping);
            yield_now().await;
            match reply {
                Reply::NotSent => Err(HttpError::not_sent("refused")),
                Reply::Lost => Err(HttpError::maybe_sent("reset")),
                Reply::Silence => std::future::pending().await,
                Reply::Cut(begun) => Ok(response(StatusCode::OK, begun, true)),
                Reply::Whole(status, whole) => Ok(response(status, whole, false)),
            }
        })
    }
}

fn response(status: StatusCode, text: Bytes, cut: bool) -> http::Response<HttpBody> {
    let frames = stream::unfold(0, move |frame| {
        let text = text.clone();
        async move {
            yield_now().await;
            let next = match frame {
                0 => Full::new(text).frame().await?.map_err(|never| match never {}),
                1 if cut => Err(BoxError::from("reset")),
                _ => return None,
            };
            Some((next, frame + 1))
        }
    });
    http::Response::builder().status(status).body(HttpBody::new(StreamBody::new(frames))).unwrap()
}
