//! The trace context goes with each attempt, and cannot take the place of the credentials and the content type.
//!
//! In a process of its own: what a subscriber sees of a callsite depends on who came there before.

#![allow(clippy::unwrap_used)]

#[path = "integration/support/mod.rs"]
#[allow(dead_code, reason = "the other tests need the rest")]
mod support;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use prefect_transport::{BoxFuture, Credentials, HttpBody, HttpError, HttpService};
use tracing::instrument::WithSubscriber;

use support::{RecordingTimer, builder, query};

/// Answers with these statuses, one after the other, and keeps the headers of each request.
#[derive(Debug, Clone)]
struct Recorder {
    statuses: Arc<Mutex<Vec<StatusCode>>>,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
}

impl HttpService for Recorder {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        self.headers.lock().unwrap().push(request.headers().clone());
        let body = HttpBody::new(Full::from(r#"{"data":1}"#));
        let mut answer = Response::new(body);
        *answer.status_mut() = self.statuses.lock().unwrap().pop().unwrap();
        Box::pin(async { Ok(answer) })
    }
}

#[tokio::test]
async fn each_attempt_tells_its_own_span() {
    let recorder = Recorder {
        statuses: Arc::new(Mutex::new(vec![StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE])),
        headers: Arc::default(),
    };
    let inject = |headers: &mut HeaderMap| {
        let span = tracing::Span::current();
        let (name, id) = (span.metadata().unwrap().name(), span.id().unwrap().into_u64());
        headers.insert("traceparent", HeaderValue::from_str(&format!("{name} {id}")).unwrap());
        headers.insert("authorization", HeaderValue::from_static("Bearer someone-else"));
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        headers.insert("x-extra", HeaderValue::from_static("the trace's"));
    };
    let transport = builder("http://localhost:4200")
        .service(recorder.clone())
        .timer(RecordingTimer::default())
        .credentials(Credentials::bearer("key-1"))
        .header("x-extra", "the user's")
        .trace_context(inject)
        .build()
        .unwrap();
    query(&transport).with_subscriber(tracing_subscriber::registry()).await.unwrap();

    let headers = recorder.headers.lock().unwrap();
    let [first, second] = headers.as_slice() else { unreachable!("{headers:?}") };
    assert!(first["traceparent"].to_str().unwrap().starts_with("prefect.attempt "), "{first:?}");
    assert_ne!(first["traceparent"], second["traceparent"]);
    for attempt in [first, second] {
        assert_eq!(attempt["authorization"], "Bearer key-1");
        assert_eq!(attempt["content-type"], "application/json");
        assert_eq!(attempt["x-extra"], "the trace's");
    }
}

#[tokio::test]
async fn none_is_sent_unless_asked_for() {
    let recorder = Recorder { statuses: Arc::new(Mutex::new(vec![StatusCode::OK])), headers: Arc::default() };
    let transport = builder("http://localhost:4200").service(recorder.clone()).build().unwrap();
    query(&transport).with_subscriber(tracing_subscriber::registry()).await.unwrap();
    assert!(!recorder.headers.lock().unwrap()[0].contains_key("traceparent"));
}
