//! What goes over the wire, and what is made of what comes back.

use std::sync::Arc;

use mockito::{Matcher, Server};
use prefect_transport::{BuildError, Credentials, Delivery, Kind, LastAnswer};
use serde_json::{Value, json};

use crate::support::{self, builder, mutation, ok, query, raw_server, transport};

#[tokio::test]
async fn a_request_is_prefects() {
    let mut server = Server::new_async().await;
    let mock = server
        .mock("POST", "/graphql")
        .match_header("content-type", "application/json")
        .match_header("accept", "application/json")
        .match_header("host", server.host_with_port().as_str())
        .match_header("user-agent", Matcher::Regex("^prefect-transport/".into()))
        .match_header("x-prefect-core-version", "1.4.1")
        .match_header("x-extra", "yes")
        .match_header("authorization", "Bearer key-1")
        .match_header("x-prefect-tenant-id", "tenant-1")
        .match_body(Matcher::JsonString(r#"{"query":"{ hello }"}"#.into()))
        .with_body(r#"{"data":{"hello":1}}"#)
        .create_async()
        .await;
    let transport = builder(&format!("{}/graphql", server.url()))
        .credentials(Credentials::bearer("key-1").tenant_id("tenant-1"))
        .header("X-Extra", "yes")
        .header("Content-Type", "text/plain")
        .build()
        .unwrap();
    query(&transport).await.unwrap();
    mock.assert_async().await;
}

#[tokio::test]
async fn the_host_is_named_once_and_as_the_caller_says_if_he_does() {
    let mut server = Server::new_async().await;
    for own in [None, Some("prefect.example")] {
        let wanted = own.map_or_else(|| server.host_with_port(), str::to_owned);
        let is_named = move |request: &mockito::Request| request.header("host") == [wanted.as_str()];
        let answer = server.mock("POST", "/").match_request(is_named).with_body(r#"{"data":1}"#);
        let mock = answer.create_async().await;
        let builder = builder(&server.url());
        let builder = if let Some(own) = own { builder.header("Host", own) } else { builder };
        query(&builder.build().unwrap()).await.unwrap();
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn without_credentials_nobody_is_named() {
    let mut server = Server::new_async().await;
    let mock = server
        .mock("POST", "/")
        .match_header("authorization", Matcher::Missing)
        .match_header("x-prefect-tenant-id", Matcher::Missing)
        .with_body(r#"{"data":1}"#)
        .create_async()
        .await;
    query(&transport(&server.url())).await.unwrap();
    mock.assert_async().await;
}

async fn answer(body: &str) -> Result<prefect_transport::Response<Value>, prefect_transport::Error> {
    let (url, _) = raw_server(vec![ok(body)]).await;
    mutation(&transport(&url)).await
}

#[tokio::test]
async fn both_halves_of_an_answer_are_kept() {
    let (errors, data) = (r#""errors":[{"message":"no","path":["a",0]}]"#, r#""data":{"b":2}"#);
    for body in [format!("{{{errors},{data}}}"), format!("{{{data},{errors}}}")] {
        let response = answer(&body).await.unwrap();
        assert_eq!(response.data, Some(json!({ "b": 2 })), "{body}");
        assert_eq!(response.errors[0].path, Some(vec![json!("a"), json!(0)]), "{body}");
        let error = response.into_result().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (Kind::GraphQl, Delivery::Answered), "{body}");
        assert!(error.may_have_executed(), "{body}");
    }
}

#[tokio::test]
async fn no_errors_come_in_three_forms() {
    for body in [
        r#"{"data":{"a":1}}"#,
        r#"{"errors":[],"data":{"a":1}}"#,
        r#"{"data":{"a":1},"errors":[]}"#,
        r#"{"errors":null,"data":{"a":1}}"#,
        r#"{"data":{"a":1},"errors":null}"#,
    ] {
        let response = answer(body).await.unwrap();
        assert_eq!(response.into_result().unwrap(), json!({ "a": 1 }), "{body}");
    }
}

#[tokio::test]
async fn errors_of_any_shape_are_read() {
    for errors in [r#"["boom"]"#, r#""boom""#, r#"[{"msg":"boom"}]"#, r#"{"boom":1}"#] {
        let error = answer(&format!(r#"{{"errors":{errors}}}"#)).await.unwrap().into_result().unwrap_err();
        assert_eq!(error.kind(), Kind::GraphQl, "{errors}");
        assert!(error.to_string().contains("boom") || errors.contains("msg"), "{error}");
    }
}

#[tokio::test]
async fn only_an_object_is_a_graphql_answer() {
    for body in [r#"[{"data":{"a":1}}]"#, "[]", "5", "null", r#""text""#, "{}", r#"{"data"#, "\u{feff}{}"] {
        let error = answer(body).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_executed()), (Kind::Malformed, true), "{body}");
    }
}

#[tokio::test]
async fn errors_are_read_before_data_that_does_not_fit() {
    let (url, _) = raw_server(vec![ok(r#"{"data":{"a":null},"errors":[{"message":"told"}]}"#)]).await;
    let transport = transport(&url);
    let request = transport.request("typed", &()).unwrap();
    let response = transport.execute::<Vec<i32>>(&request).await.unwrap();
    assert!(response.data.is_none());
    assert_eq!(response.errors[0].message, "told");
}

#[tokio::test]
async fn an_answer_with_errors_is_told_as_it_is_whatever_the_last_one_was() {
    let plain = r#"{"data":[1]}"#;
    let with_errors = r#"{"data":[2],"errors":[{"message":"told"}]}"#;
    let (url, _) = raw_server([plain, plain, with_errors, plain].map(ok).to_vec()).await;
    let transport = transport(&url);
    let request = transport.request("typed", &()).unwrap();
    let last = LastAnswer::<Vec<i32>>::new();
    let mut told = Vec::new();
    for _ in 0..4 {
        let response = transport.execute_with_last(&request, &last).await.unwrap();
        told.push((response.data.unwrap(), response.errors.len()));
    }
    let [first, same, with_errors, plain_again] = told.as_slice() else { unreachable!() };
    for (data, errors) in [same, plain_again] {
        assert!(Arc::ptr_eq(data, &first.0));
        assert_eq!(*errors, 0);
    }
    assert_eq!((&**with_errors.0, with_errors.1), (&[2][..], 1));
}

#[tokio::test]
async fn who_is_not_known_is_unauthorized() {
    for body in [
        r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}],"data":null}"#,
        r#"{"errors":[{"message":"Malformed Authorization header"}]}"#,
    ] {
        let error = answer(body).await.unwrap().into_result().unwrap_err();
        assert!(error.is_unauthorized(), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_too_large_is_not_read() {
    let (url, _) = raw_server(vec![ok(&format!(r#"{{"data":"{}"}}"#, "x".repeat(2000)))]).await;
    let transport = builder(&url).max_response_bytes(1000).build().unwrap();
    let error = query(&transport).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(error.may_have_executed());
}

#[tokio::test]
async fn redirects_stay_at_home() {
    let mut other = Server::new_async().await;
    let untouched = other.mock("POST", "/").expect(0).create_async().await;
    let mut server = Server::new_async().await;
    let body = Matcher::JsonString(r#"{"query":"{ hello }"}"#.into());
    let moved = server
        .mock("POST", "/new")
        .match_header("authorization", "Bearer key-1")
        .match_body(body)
        .with_body(r#"{"data":1}"#)
        .create_async()
        .await;
    for (path, status, to) in [
        ("/same", 307, "/new".to_owned()),
        ("/302", 302, "/new".to_owned()),
        ("/other", 307, other.url()),
        ("/loop", 308, "/loop".to_owned()),
    ] {
        server.mock("POST", path).with_status(status).with_header("location", &to).create_async().await;
        let transport = builder(&format!("{}{path}", server.url()))
            .credentials(Credentials::bearer("key-1"))
            .build()
            .unwrap();
        match query(&transport).await {
            Ok(_) => assert_eq!(path, "/same"),
            Err(error) => assert_eq!(error.kind(), Kind::Redirected, "{path}: {error:?}"),
        }
    }
    moved.assert_async().await;
    untouched.assert_async().await;
}

#[tokio::test]
async fn a_secret_does_not_go_out_unencrypted() {
    let transport = |allow| {
        builder("http://192.0.2.1:1")
            .credentials(Credentials::bearer("hunter2"))
            .allow_insecure_credentials(allow)
            .attempt_timeout(std::time::Duration::from_millis(1))
            .retry(prefect_transport::RetryPolicy::never())
            .build()
            .unwrap()
    };
    let error = query(&transport(false)).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (Kind::InsecureCredentials, Delivery::NotSent));
    let error = query(&transport(true)).await.unwrap_err();
    assert_ne!(error.kind(), Kind::InsecureCredentials);
}

#[tokio::test]
async fn secrets_are_shown_nowhere() {
    let bad = "hunter2\u{1}";
    let error = builder("http://localhost:1").header("x-proxy", bad).build().unwrap_err();
    assert!(matches!(&error, BuildError::Header { name } if name == "x-proxy"));
    let building = builder("http://localhost:1").header("x-proxy", "hunter2");
    let shown = format!("{error} {error:?} {building:?}");
    let transport = building.credentials(Credentials::bearer(bad)).build().unwrap();
    let error = query(&transport).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Request);
    let shown = format!("{shown} {transport:?} {error} {error:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_server_that_repeats_the_secrets_is_not_quoted() {
    let echo = "got Bearer hunter2, tenant-1, by proxy-secret, of body-secret";
    for answer in [
        format!("HTTP/1.1 502 Bad Gateway\r\nContent-Length: {}\r\n\r\n{echo}", echo.len()).into_bytes(),
        ok(echo),
        ok(&format!(r#"{{"data":["{echo}"]}}"#)),
        ok(&format!(r#"{{"errors":[{{"message":"{echo}","extensions":{{"request":"{echo}"}}}}]}}"#)),
    ] {
        let (url, _) = raw_server(vec![answer]).await;
        let transport = builder(&url)
            .credentials(Credentials::bearer("hunter2").tenant_id("tenant-1"))
            .header("x-proxy", "proxy-secret")
            .build()
            .unwrap();
        let request = transport.request("hello", &"body-secret").unwrap().secret("body-secret");
        let answer = transport.execute::<u8>(&request).await;
        let error = answer.and_then(prefect_transport::Response::into_result).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let shown = format!("{error} {error:?} {source:?} {request:?}");
        assert!(shown.contains("got Bearer [redacted]"), "{shown}");
        for secret in ["hunter2", "tenant-1", "proxy-secret", "body-secret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_a_secret_is_not_quoted() {
    for answer in [ok(r#"{"data":"hunter2"}"#), ok(r#"{"data":{"token":"hunter2"}"#), ok("hunter2")] {
        let (url, _) = raw_server(vec![answer]).await;
        let transport = builder(&url).build().unwrap();
        let request = transport.request("log_in", &json!({})).unwrap().secret_answer();
        let error = transport.execute::<u8>(&request).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Decode | Kind::Malformed), "{error:?}");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let shown = format!("{error} {error:?} {source:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn errors_are_short_whatever_the_server_says() {
    let long = "long ".repeat(2_000);
    let many = format!(r#"{{"message":"{long}","path":["{long}"],"extensions":{{"code":"{long}"}}}},"#);
    let many = many.repeat(6);
    for answer in [
        ok(&format!(r#"{{"errors":[{}]}}"#, many.trim_end_matches(','))),
        ok(&format!(r#"{{"errors":[{}{{}}]}}"#, many.repeat(10))),
        ok(&format!(r#"{{"data":"{long}"}}"#)),
        ok(&long),
    ] {
        let (url, _) = raw_server(vec![answer]).await;
        let transport = builder(&url).build().unwrap();
        let request = transport.request("hello", &json!({})).unwrap();
        let answer = transport.execute::<u8>(&request).await;
        let error = answer.and_then(prefect_transport::Response::into_result).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        for text in [error.to_string(), format!("{error:#?}"), source] {
            assert!(text.len() < 8_000, "{} bytes: {text:.500}", text.len());
        }
    }
}

#[tokio::test]
async fn errors_without_an_end_are_not_taken_apart() {
    for (count, told) in [(1_000, 1_000), (10_000, 1)] {
        let errors = vec![json!({ "message": "no" }); count];
        let response = answer(&json!({ "data": null, "errors": errors }).to_string()).await.unwrap();
        assert_eq!(response.errors.len(), told);
        assert!(response.errors[0].message.len() <= 64 * 1024);
    }
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_client_that_is_shared_sends_to_each_address() {
    let (mut one, mut other) = (mockito::Server::new_async().await, mockito::Server::new_async().await);
    let answer = |server: &mut mockito::ServerGuard, name: &str| {
        server.mock("POST", "/graphql").with_body(format!(r#"{{"data":"{name}"}}"#))
    };
    answer(&mut one, "one").create_async().await;
    answer(&mut other, "other").create_async().await;
    let service = prefect_transport::ReqwestService::from_client(reqwest::Client::new());
    for (server, name) in [(&one, "one"), (&other, "other"), (&one, "one"), (&other, "other")] {
        let url = format!("{}/graphql", server.url());
        let transport = support::builder(&url).service(service.clone()).build().unwrap();
        let answer = support::query(&transport).await.unwrap();
        assert_eq!(answer.data.unwrap(), name);
    }
}
