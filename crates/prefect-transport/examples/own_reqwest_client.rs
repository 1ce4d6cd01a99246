//! Sends requests with a `reqwest::Client` of one's own: its proxies, certificates, pool and headers.

use std::error::Error;
use std::time::Duration;

use http::HeaderValue;
use http::header::HeaderMap;
use prefect_transport::{ReqwestService, Transport};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = mockito::Server::new_async().await;
    let mock =
        server.mock("POST", "/").match_header("x-team", "data").with_body(r#"{"data":{"hello":"👋"}}"#);
    mock.create_async().await;

    // Timeouts and retries are the transport's. Redirects must not carry a request to another origin, and
    // Prefect's server closes connections that are idle for 5 s.
    let client = reqwest::Client::builder()
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(4))
        .default_headers(HeaderMap::from_iter([("x-team".parse()?, HeaderValue::from_static("data"))]))
        .build()?;
    let transport =
        Transport::builder(server.url().parse()?).service(ReqwestService::from_client(client)).build()?;

    let request = transport.request("hello", &json!({ "query": "{ hello }" }))?.idempotent(true);
    let answer: Value = transport.execute(&request).await?.into_result()?;
    println!("the server says {answer}");
    assert_eq!(answer, json!({ "hello": "👋" }));
    Ok(())
}
