//! What is logged of a request that is sent again.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use support::{ok, query, raw_server, transport};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_reason_for_another_attempt_is_told() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let unavailable = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
    let internal = ok(r#"{"errors":[{"message":"no room left","extensions":{"code":"API_ERROR"}}]}"#);
    let (url, _) = raw_server(vec![unavailable, internal, ok(r#"{"data":{}}"#)]).await;
    query(&transport(&url)).await.unwrap();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let [first, second] = log.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(first.contains("sending again") && first.contains("503 Service Unavailable"), "{log}");
    assert!(second.contains("sending again") && second.contains("no room left [API_ERROR]"), "{log}");
}
