//! Middleware: a service around another one, which adds a header, takes the time and counts.
//!
//! It is called once for each attempt. Retries, limits and credentials are the transport's, around it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use prefect_transport::{
    BoxFuture, Endpoint, HttpBody, HttpError, HttpService, ReqwestService, RetryPolicy, Transport,
};
use serde_json::{Value, json};

/// Numbers the attempts, and tells how long the server took for the head of each answer.
#[derive(Debug)]
struct Measured<S> {
    inner: S,
    attempts: Arc<AtomicU32>,
}

impl<S: HttpService> HttpService for Measured<S> {
    fn call(&self, mut request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        Box::pin(async move {
            let attempt = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
            request.headers_mut().insert("x-attempt", HeaderValue::from(attempt));
            let start = Instant::now();
            let result = self.inner.call(request).await;
            match &result {
                Ok(answer) => println!("attempt {attempt}: {} after {:?}", answer.status(), start.elapsed()),
                Err(error) => println!("attempt {attempt}: {error} after {:?}", start.elapsed()),
            }
            result
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = mockito::Server::new_async().await;
    let busy = server.mock("POST", "/").match_header("x-attempt", "1").with_status(503);
    busy.create_async().await;
    let answer =
        server.mock("POST", "/").match_header("x-attempt", "2").with_body(r#"{"data":{"hello":"👋"}}"#);
    answer.create_async().await;

    let endpoint: Endpoint = server.url().parse()?;
    let attempts = Arc::new(AtomicU32::new(0));
    let inner = ReqwestService::for_endpoint(&endpoint, Duration::from_secs(5))?;
    let transport = Transport::builder(endpoint)
        .service(Measured { inner, attempts: Arc::clone(&attempts) })
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(10)))
        .build()?;

    let request = transport.request("hello", &json!({ "query": "{ hello }" }))?.idempotent(true);
    let answer: Value = transport.execute(&request).await?.into_result()?;
    println!("the server says {answer}");
    assert_eq!(answer, json!({ "hello": "👋" }));
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
    Ok(())
}
