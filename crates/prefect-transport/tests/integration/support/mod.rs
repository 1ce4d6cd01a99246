//! What the tests share: a transport to a mock server, a server of raw bytes, and a clock that
//! does not wait.

#![allow(unreachable_pub)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prefect_transport::{BoxFuture, Response, RetryPolicy, Timer, Transport, TransportBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A clock whose pauses are over at once and are remembered; short limits on work are real.
#[derive(Debug, Clone, Default)]
pub struct RecordingTimer {
    pauses: Arc<Mutex<Vec<Duration>>>,
}

/// Pauses are below this, limits on work above.
const LONGEST_PAUSE: Duration = Duration::from_secs(12);

impl RecordingTimer {
    pub fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Timer for RecordingTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration > LONGEST_PAUSE {
            return Box::pin(tokio::time::sleep(duration));
        }
        self.pauses.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> Instant {
        Instant::now()
    }
}

pub fn builder(url: &str) -> TransportBuilder {
    Transport::builder(url.parse().unwrap())
}

/// A transport that retries at once.
pub fn transport(url: &str) -> Transport {
    builder(url).timer(RecordingTimer::default()).build().unwrap()
}

pub fn quick() -> RetryPolicy {
    RetryPolicy::default().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(1))
}

pub async fn query(transport: &Transport) -> Result<Response<Value>, prefect_transport::Error> {
    send(transport, true).await
}

pub async fn mutation(transport: &Transport) -> Result<Response<Value>, prefect_transport::Error> {
    send(transport, false).await
}

async fn send(transport: &Transport, idempotent: bool) -> Result<Response<Value>, prefect_transport::Error> {
    let request = transport.request("hello", &json!({ "query": "{ hello }" })).unwrap();
    transport.execute(&request.idempotent(idempotent)).await
}

/// A server that reads one request of each connection, answers it with the next of `answers` as
/// they are, and closes. The URL, and how many connections there were.
pub async fn raw_server(answers: Vec<Vec<u8>>) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            *counted.lock().unwrap() += 1;
            let mut request = vec![0; 64 * 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, connections)
}

/// A whole HTTP answer with `body`.
pub fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
