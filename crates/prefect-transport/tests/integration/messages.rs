//! The words of every kind of error.

use prefect_transport::{
    BoxError, BoxFuture, BuildError, Credentials, CredentialsProvider, Endpoint, Error, RetryPolicy,
};
use serde_json::Value;

use crate::support::{self, builder, mutation, ok, raw_server};

/// The message, with the port left out.
fn message(error: &Error) -> String {
    let text = error.to_string();
    let start = text.find("127.0.0.1:").map(|at| at + "127.0.0.1:".len());
    match start {
        Some(start) => {
            let digits = text[start..].chars().take_while(char::is_ascii_digit).count();
            format!("{}PORT{}", &text[..start], &text[start + digits..])
        }
        None => text,
    }
}

async fn told(answer: Vec<u8>) -> String {
    let (url, _) = raw_server(vec![answer]).await;
    let transport = builder(&url).max_response_bytes(100_000).retry(RetryPolicy::never()).build().unwrap();
    message(&mutation(&transport).await.and_then(prefect_transport::Response::into_result).unwrap_err())
}

fn status(line: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn answers_that_are_none() {
    let html = "<html>\n  <body>502 Bad Gateway</body>\n</html>";
    let messages = [
        told(ok(html)).await,
        told(status("502 Bad Gateway", html)).await,
        told(status("500 Internal Server Error", r#"{"errors":[{"message":"no such table"}]}"#)).await,
        told(status("401 Unauthorized", "")).await,
        told(status("429 Too Many Requests", "")).await,
        told(status("302 Found\r\nLocation: /login", "")).await,
        told(ok("")).await,
        told(ok("[]")).await,
        told(ok("{}")).await,
        told(ok(&" ".repeat(200_000))).await,
        told(Vec::new()).await,
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn answers_with_errors() {
    let refused = r#"{"errors":[{"message":"Flow x not found","extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":{"create_flow_run":null}}"#;
    let invalid = r#"{"errors":[{"message":"Cannot query field \"nope\" on type \"Query\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}},{"message":""}]}"#;
    let unknown = r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
    let long = format!(r#"{{"errors":[{{"message":"{}"}}]}}"#, "long ".repeat(1000));
    let messages = [
        told(ok(refused)).await,
        told(status("400 Bad Request", invalid)).await,
        told(ok(unknown)).await,
        told(ok(&long)).await,
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test]
async fn data_of_another_shape() {
    let (url, _) = raw_server(vec![ok(r#"{"data":{"hello":1}}"#)]).await;
    let transport = builder(&url).build().unwrap();
    let request = transport.request("hello", &()).unwrap();
    let error = transport.execute::<Vec<Value>>(&request).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    insta::assert_snapshot!(format!("{} <- {source}", message(&error)));
}

#[tokio::test]
async fn no_answer() {
    let never = RetryPolicy::never();
    let refused = builder("http://127.0.0.1:1").retry(never.clone()).build().unwrap();
    let insecure = builder("http://example.invalid").credentials(Credentials::bearer("k")).build().unwrap();
    let unwritable = builder("http://localhost:1").credentials(Credentials::bearer("\u{1}")).build().unwrap();
    let mut messages = Vec::new();
    for transport in [refused, insecure, unwritable] {
        messages.push(message(&mutation(&transport).await.unwrap_err()));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn silence() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let transport = builder(&url).retry(RetryPolicy::never()).build().unwrap();
    insta::assert_snapshot!(message(&mutation(&transport).await.unwrap_err()));
}

#[derive(Debug)]
struct Refusing;

impl CredentialsProvider for Refusing {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        Box::pin(std::future::ready(Err("the safe is locked".into())))
    }
}

#[tokio::test]
async fn no_credentials() {
    let transport = builder("http://127.0.0.1:1").credentials(Refusing).build().unwrap();
    let error = mutation(&transport).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    insta::assert_snapshot!(format!("{} <- {source}", message(&error)));
    assert!(!error.may_have_executed());
}

#[tokio::test]
async fn attempts_are_told() {
    let transport = builder("http://127.0.0.1:1").retry(support::quick()).build().unwrap();
    let text = message(&mutation(&transport).await.unwrap_err());
    let (text, time) = text.rsplit_once(" in ").unwrap();
    assert!(text.ends_with("(tried 4 times") && time.ends_with(" s)"), "{text} in {time}");
}

#[test]
fn what_cannot_be_built() {
    let endpoints = ["localhost:4200", "ftp://host", "https://user:hunter2@host"];
    let mut messages: Vec<_> =
        endpoints.iter().map(|text| text.parse::<Endpoint>().unwrap_err().to_string()).collect();
    let header = builder("http://localhost").header("bad name", "x").build().unwrap_err();
    let others = [
        header,
        BuildError::NoService,
        BuildError::NoTimer,
        BuildError::NoCryptoProvider,
        BuildError::Http("no roots".into()),
    ];
    messages.extend(others.iter().map(ToString::to_string));
    insta::assert_snapshot!(messages.join("\n"));
}
