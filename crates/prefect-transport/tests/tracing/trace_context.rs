//! The trace context goes with each attempt, and cannot take the place of the credentials and the content type.

use http::{HeaderMap, HeaderValue, StatusCode};
use prefect_transport::Credentials;
use tracing::instrument::WithSubscriber;

use crate::server::{Server, query};

#[tokio::test(start_paused = true)]
async fn each_attempt_tells_its_own_span() {
    let server =
        Server::answering([(StatusCode::SERVICE_UNAVAILABLE, ""), (StatusCode::OK, r#"{"data":1}"#)]);
    let inject = |headers: &mut HeaderMap| {
        let span = tracing::Span::current();
        let (name, id) = (span.metadata().unwrap().name(), span.id().unwrap().into_u64());
        headers.insert("traceparent", HeaderValue::from_str(&format!("{name} {id}")).unwrap());
        headers.insert("authorization", HeaderValue::from_static("Bearer someone-else"));
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        headers.insert("x-extra", HeaderValue::from_static("the trace's"));
    };
    let transport = server
        .transport()
        .credentials(Credentials::bearer("key-1"))
        .header("x-extra", "the user's")
        .trace_context(inject)
        .build()
        .unwrap();
    query(&transport).with_subscriber(tracing_subscriber::registry()).await.unwrap();

    let headers = server.headers();
    let [first, second] = headers.as_slice() else { unreachable!("{headers:?}") };
    assert!(first["traceparent"].to_str().unwrap().starts_with("prefect.attempt "), "{first:?}");
    assert_ne!(first["traceparent"], second["traceparent"]);
    for attempt in [first, second] {
        assert_eq!(attempt["authorization"], "Bearer key-1");
        assert_eq!(attempt["content-type"], "application/json");
        assert_eq!(attempt["x-extra"], "the trace's");
    }
}

#[tokio::test(start_paused = true)]
async fn none_is_sent_unless_asked_for() {
    let server = Server::answering([(StatusCode::OK, r#"{"data":1}"#)]);
    let transport = server.transport().build().unwrap();
    query(&transport).with_subscriber(tracing_subscriber::registry()).await.unwrap();
    assert!(!server.headers()[0].contains_key("traceparent"));
}
