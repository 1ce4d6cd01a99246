//! What is logged of a request that is sent again.
//!
//! In a process of its own: what a subscriber sees of a callsite depends on who came there before.

#![allow(clippy::unwrap_used)]

#[path = "integration/support/mod.rs"]
#[allow(dead_code, reason = "the other tests need the rest")]
mod support;

use std::io;
use std::sync::Arc;

use support::{ok, query, raw_server, transport};

#[tokio::test]
async fn each_reason_for_another_attempt_is_told() {
    let (log, writer) = io::pipe().unwrap();
    let subscriber =
        tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(Arc::new(writer)).finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let unavailable = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
    let internal = ok(r#"{"errors":[{"message":"no room left","extensions":{"code":"API_ERROR"}}]}"#);
    let (url, _) = raw_server(vec![unavailable, internal, ok(r#"{"data":{}}"#)]).await;
    query(&transport(&url)).await.unwrap();

    drop(guard);
    let log = io::read_to_string(log).unwrap();
    let [first, second] = log.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(first.contains("sending again") && first.contains("503 Service Unavailable"), "{log}");
    assert!(second.contains("sending again") && second.contains("no room left [API_ERROR]"), "{log}");
}
