//! Sends W3C's `traceparent` with each request, so that the server's trace goes on from the client's.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prefect_transport::{BoxFuture, HttpBody, HttpError, HttpService, Transport};
use serde_json::{Value, json};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The headers, as OpenTelemetry writes them.
struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, name: &str, value: String) {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
            self.0.insert(name, value);
        }
    }
}

/// Adds the context of the span that the call is made in.
fn inject(headers: &mut HeaderMap) {
    let context = tracing::Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut Headers(headers));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A program sets up an exporter here.
    let tracer = SdkTracerProvider::builder().build().tracer("example");
    tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).init();

    let transport =
        Transport::builder("http://localhost:4200".parse()?).trace_context(inject).service(Echo).build()?;
    let request = transport.request("hello", &json!({ "query": "{ hello }" }))?;
    let answer: Value = transport.execute(&request).await?.into_result()?;
    println!("the server got traceparent {answer}");
    Ok(())
}

/// In place of a server: answers with the header that it was sent.
#[derive(Debug)]
struct Echo;

impl HttpService for Echo {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
        let body = Bytes::from(json!({ "data": traceparent }).to_string());
        let answer = Response::new(HttpBody::new(Full::new(body)));
        Box::pin(async { Ok(answer) })
    }
}
