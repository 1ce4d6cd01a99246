//! An HTTP client of one's own, here hyper's, in place of reqwest; it needs none of this crate's features but
//! `tokio`, for the timer.
//!
//! A service says of each failure whether the request can have left this machine. Any body will do as what it answers
//! with, if its chunks are `Bytes`.

use std::error::Error;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prefect_transport::{BoxFuture, HttpBody, HttpError, HttpService, RetryPolicy, Transport};
use serde_json::{Value, json};

#[derive(Debug)]
struct HyperService {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl HyperService {
    fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http() }
    }
}

impl HttpService for HyperService {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        Box::pin(async move {
            let answer = self.client.request(request.map(Full::new)).await.map_err(no_answer)?;
            Ok(answer.map(HttpBody::new))
        })
    }
}

fn no_answer(error: hyper_util::client::legacy::Error) -> HttpError {
    if error.is_connect() { HttpError::not_sent(error) } else { HttpError::maybe_sent(error) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/").with_body(r#"{"data":{"hello":"👋"}}"#).create_async().await;

    let transport = Transport::builder(server.url().parse()?).service(HyperService::new()).build()?;
    let request = transport.request("hello", &json!({ "query": "{ hello }" }))?;
    let answer: Value = transport.execute(&request).await?.into_result()?;
    println!("the server says {answer}");
    assert_eq!(answer, json!({ "hello": "👋" }));

    // Where nobody listens nothing can have been executed.
    let nowhere = Transport::builder("http://127.0.0.1:1".parse()?)
        .service(HyperService::new())
        .retry(RetryPolicy::never())
        .build()?;
    let error = nowhere.execute::<Value>(&request).await.err().ok_or("nobody listens there")?;
    println!("{error}");
    assert!(!error.may_have_executed());
    Ok(())
}
