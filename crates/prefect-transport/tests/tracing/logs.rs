//! What is logged of a request that is sent again.

use std::io;
use std::sync::Arc;

use http::StatusCode;

use crate::server::{Server, query};

#[tokio::test(start_paused = true)]
async fn each_reason_for_another_attempt_is_told() {
    let (log, writer) = io::pipe().unwrap();
    let subscriber =
        tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(Arc::new(writer)).finish();
    let guard = tracing::subscriber::set_default(subscriber);

    let server = Server::answering([
        (StatusCode::SERVICE_UNAVAILABLE, ""),
        (StatusCode::OK, r#"{"errors":[{"message":"no room left","extensions":{"code":"API_ERROR"}}]}"#),
        (StatusCode::OK, r#"{"data":{}}"#),
    ]);
    query(&server.transport().build().unwrap()).await.unwrap();

    drop(guard);
    let log = io::read_to_string(log).unwrap();
    let [first, second] = log.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(first.contains("sending again") && first.contains("503 Service Unavailable"), "{log}");
    assert!(second.contains("sending again") && second.contains("no room left [API_ERROR]"), "{log}");
}
