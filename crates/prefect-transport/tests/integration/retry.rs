//! What is sent again, and what is not: the table of (kind of failure, idempotent).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mockito::Server;
use prefect_transport::{
    BoxError, BoxFuture, Credentials, CredentialsProvider, Delivery, Kind, Response, RetryPolicy, Timer,
};
use serde_json::json;

use crate::support::{self, RecordingTimer, builder, mutation, ok, query, raw_server, transport};

const HELLO: &str = r#"{"data":{"hello":"👋"}}"#;

/// Answers with `status` and `body` to everything, and says how often it was asked.
async fn asked(status: usize, body: &str, idempotent: bool) -> (Result<(), Kind>, usize) {
    let mut server = Server::new_async().await;
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, body) = (Arc::clone(&count), body.to_owned());
    server
        .mock("POST", "/")
        .with_status(status)
        .with_body_from_request(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            body.clone().into()
        })
        .create_async()
        .await;
    let transport = transport(&server.url());
    let outcome = if idempotent { query(&transport).await } else { mutation(&transport).await };
    (outcome.map(drop).map_err(|error| error.kind()), count.load(Ordering::SeqCst))
}

#[tokio::test]
async fn the_table() {
    let api_error = r#"{"errors":[{"message":"no","extensions":{"code":"API_ERROR"}}]}"#;
    let refused = r#"{"errors":[{"message":"Flow not found."}],"data":{"hello":null}}"#;
    for (status, body, outcome, query_attempts, mutation_attempts) in [
        (200, HELLO, Ok(()), 1, 1),
        (200, refused, Ok(()), 1, 1),
        (200, api_error, Ok(()), 4, 1),
        (200, "<html>", Err(Kind::Malformed), 1, 1),
        (400, refused, Ok(()), 1, 1),
        (401, "", Err(Kind::Unauthorized), 1, 1),
        (403, "", Err(Kind::Unauthorized), 1, 1),
        (404, "", Err(Kind::Status), 1, 1),
        (408, "", Err(Kind::Status), 4, 1),
        (413, "", Err(Kind::Status), 1, 1),
        (425, "", Err(Kind::Status), 4, 4),
        (429, "", Err(Kind::RateLimited), 4, 4),
        (500, "", Err(Kind::Status), 4, 1),
        (501, "", Err(Kind::Status), 1, 1),
        (502, "", Err(Kind::Status), 4, 1),
        (503, "", Err(Kind::Status), 4, 1),
        (504, "", Err(Kind::Status), 4, 1),
    ] {
        assert_eq!(asked(status, body, true).await, (outcome, query_attempts), "query, {status} {body}");
        assert_eq!(
            asked(status, body, false).await,
            (outcome, mutation_attempts),
            "mutation, {status} {body}"
        );
    }
}

#[tokio::test]
async fn what_the_server_says_of_its_own_services_is_in_doubt() {
    for message in [
        "Unable to complete operation. An internal API error occurred.",
        "request to http://graphql:4201/graphql/ failed, reason: socket hang up",
        "invalid json response body at http://graphql:4201/graphql/ reason: Unexpected token I in JSON at position 0",
        "Invalid response body while trying to fetch http://graphql:4201/graphql/: Premature close",
        "network timeout at: http://graphql:4201/graphql/",
        "Unable to connect to postgres.",
        "State update failed for flow run ID 8fa789e3-c5bd-42ed-80a3-4f308772b006",
    ] {
        let body = json!({ "errors": [{ "message": message }], "data": { "hello": null } }).to_string();
        assert_eq!(asked(200, &body, true).await, (Ok(()), 4), "query, {message}");
        assert_eq!(asked(200, &body, false).await, (Ok(()), 1), "mutation, {message}");
        let (url, _) = raw_server(vec![ok(&body)]).await;
        let error = mutation(&transport(&url)).await.and_then(Response::into_result).unwrap_err();
        assert!(error.may_have_executed(), "{message}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_in_doubt() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"data\"".to_vec();
    for broken in [Vec::new(), cut] {
        let (url, _) = raw_server(vec![broken.clone()]).await;
        let error = mutation(&transport(&url)).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (Kind::Connection, Delivery::MaybeSent));
        assert!(error.may_have_executed());
        assert_eq!(error.attempts(), 1);

        let (url, connections) = raw_server(vec![broken, ok(HELLO)]).await;
        let response = query(&transport(&url)).await.unwrap();
        assert_eq!(response.data.as_ref().unwrap()["hello"], "👋");
        assert!(response.earlier_attempt_may_have_executed());
        assert_eq!((response.attempts(), *connections.lock().unwrap()), (2, 2));
    }
}

#[tokio::test]
async fn a_refused_port_fails_soon_and_was_not_sent() {
    let timer = RecordingTimer::default();
    let transport = builder("http://127.0.0.1:1").timer(timer.clone()).build().unwrap();
    let error = mutation(&transport).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), error.attempts()), (Kind::Connect, Delivery::NotSent, 4));
    assert!(!error.may_have_executed() && error.is_retryable() && error.is_connect());
    let pauses = timer.pauses();
    assert!(pauses.iter().sum::<Duration>() < Duration::from_secs(5), "{pauses:?}");
}

#[tokio::test]
async fn the_server_says_when() {
    let (url, _) = raw_server(vec![
        b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ok(HELLO),
    ])
    .await;
    let timer = RecordingTimer::default();
    let transport = builder(&url).timer(timer.clone()).build().unwrap();
    assert_eq!(mutation(&transport).await.unwrap().attempts(), 2);
    assert_eq!(timer.pauses(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_pause_beyond_the_total_timeout_is_not_begun() {
    for seconds in [3600, u64::MAX] {
        let head = format!("HTTP/1.1 503 Unavailable\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n");
        let (url, _) = raw_server(vec![head.into()]).await;
        let timer = RecordingTimer::default();
        let transport = builder(&url).timer(timer.clone()).build().unwrap();
        let error = query(&transport).await.unwrap_err();
        assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(seconds))));
        assert!(timer.pauses().is_empty());
    }
}

#[tokio::test]
async fn a_request_may_have_its_own_policy() {
    let transport = builder("http://127.0.0.1:1").retry(support::quick()).build().unwrap();
    let request = transport.request("hello", &()).unwrap();
    let once = request.clone().retry(RetryPolicy::never());
    assert_eq!(transport.execute::<()>(&once).await.unwrap_err().attempts(), 1);
    assert_eq!(transport.execute::<()>(&request).await.unwrap_err().attempts(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let total = Duration::from_secs(40);
    let transport = builder(&url).retry(support::quick()).total_timeout(total).build().unwrap();
    let error = query(&transport).await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_executed(), "{error:?}");
    assert_eq!((error.delivery(), error.attempts()), (Delivery::MaybeSent, 3));
    assert!(error.elapsed() <= total + Duration::from_millis(10), "{:?}", error.elapsed());
}

#[tokio::test]
async fn no_number_of_seconds_is_too_large() {
    let (url, _) = raw_server(vec![
        format!("HTTP/1.1 429 Too Many Requests\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n", u64::MAX)
            .into(),
    ])
    .await;
    let transport =
        builder(&url).total_timeout(Duration::MAX).attempt_timeout(Duration::MAX).build().unwrap();
    let policy = RetryPolicy::never().max_delay(Duration::MAX).min_delay(Duration::MAX);
    let request = transport.request("hello", &()).unwrap().retry(policy);
    let error = transport.execute::<()>(&request).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
    assert_eq!(transport.deadline(), None);
}

#[tokio::test(start_paused = true)]
async fn requests_may_share_a_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let transport = builder(&url).build().unwrap();
    let started = transport.timer().now();
    let shared = transport.with_deadline(started + Duration::from_secs(20));
    let later = shared.with_deadline(started + Duration::from_secs(30));
    assert_eq!(later.deadline(), Some(started + Duration::from_secs(20)));
    for _ in 0..2 {
        assert!(query(&later).await.unwrap_err().is_timeout());
        assert_eq!(transport.timer().now() - started, Duration::from_secs(20));
    }
}

#[tokio::test]
async fn nothing_is_sent_when_no_time_is_left() {
    let (url, connections) = raw_server(vec![ok(HELLO)]).await;
    let transport = builder(&url).build().unwrap();
    let late = transport.with_deadline(transport.timer().now());
    let error = mutation(&late).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery(), error.attempts()), (Kind::Timeout, Delivery::NotSent, 1));
    assert!(!error.may_have_executed());
    assert_eq!(*connections.lock().unwrap(), 0);
    let text = error.to_string().replace(&url, "URL");
    assert_eq!(text, "hello: no time was left to ask URL/ (waited 0.0 s)");
}

/// Gives the credentials `1`, `2`, ... and goes on to the next when one is refused.
#[derive(Debug, Default)]
struct Numbered(Arc<AtomicUsize>);

impl Numbered {
    fn bearer(&self) -> String {
        (self.0.load(Ordering::SeqCst) + 1).to_string()
    }
}

impl CredentialsProvider for Numbered {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        Box::pin(async { Ok(Credentials::bearer(self.bearer())) })
    }

    fn refused(&self, credentials: &Credentials) -> bool {
        assert!(credentials.is_bearer(&self.bearer()));
        self.0.fetch_add(1, Ordering::SeqCst);
        true
    }
}

#[tokio::test]
async fn refused_credentials_are_renewed_once() {
    let status = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_vec();
    let code = ok(r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}"#);
    for refusal in [status, code] {
        // What is not refused is not renewed either, nor what may have been executed.
        let other = ok(r#"{"errors":[{"message":"no"}],"data":null}"#);
        let both = ok(
            r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}},{"message":"no","extensions":{"code":"API_ERROR"}}]}"#,
        );
        let (url, _) = raw_server(vec![ok(HELLO), other, both, refusal.clone(), ok(HELLO)]).await;
        let transport = builder(&url).credentials(Numbered::default()).build().unwrap();
        for (attempts, errors) in [(1, 0), (1, 1), (1, 2), (2, 0)] {
            let response = mutation(&transport).await.unwrap();
            assert_eq!((response.attempts(), response.errors.len()), (attempts, errors));
        }

        let (url, asked) = raw_server(vec![refusal.clone(), refusal, ok(HELLO)]).await;
        let transport = builder(&url).credentials(Numbered::default()).build().unwrap();
        let error = mutation(&transport).await.and_then(Response::into_result).unwrap_err();
        assert!(error.is_unauthorized() && !error.may_have_executed(), "{error:?}");
        assert_eq!((error.attempts(), *asked.lock().unwrap()), (2, 2));
    }
}

#[tokio::test]
async fn what_is_no_refusal_renews_nothing() {
    for (status, renewals) in [("429 Too Many Requests", 0), ("401 Unauthorized", 1)] {
        let refusal = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes();
        let (url, _) = raw_server(vec![refusal, ok(HELLO)]).await;
        let credentials = Numbered::default();
        let renewed = Arc::clone(&credentials.0);
        let transport = builder(&url).timer(RecordingTimer::default()).credentials(credentials);
        let transport = transport.build().unwrap();
        assert_eq!(mutation(&transport).await.unwrap().attempts(), 2, "{status}");
        assert_eq!(renewed.load(Ordering::SeqCst), renewals, "{status}");
    }
}

/// Gives credentials once, and then has none.
#[derive(Debug, Default)]
struct Once(Arc<AtomicUsize>);

impl CredentialsProvider for Once {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move { if first { Ok(Credentials::bearer("1")) } else { Err("no more".into()) } })
    }

    fn refused(&self, _: &Credentials) -> bool {
        true
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_renewed_are_asked_for_once_more() {
    let (url, _) = raw_server(vec![b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_vec()]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let transport = builder(&url).total_timeout(Duration::from_secs(2));
    let transport = transport.credentials(Once(Arc::clone(&asked))).build().unwrap();
    let error = mutation(&transport).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Credentials, 2));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

/// Has constant credentials, and no others.
#[derive(Debug)]
struct Constant(Credentials);

impl CredentialsProvider for Constant {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        Box::pin(async { Err("there are constant ones".into()) })
    }

    fn constant(&self) -> Option<&Credentials> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn constant_credentials_are_not_asked_for() {
    let mut server = mockito::Server::new_async().await;
    let mock = server
        .mock("POST", "/")
        .match_header("authorization", "Bearer 1")
        .with_body(HELLO)
        .create_async()
        .await;
    let credentials = Constant(Credentials::bearer("1"));
    let transport = builder(&server.url()).credentials(credentials).build().unwrap();
    mutation(&transport).await.unwrap();
    mock.assert_async().await;
}

#[tokio::test]
async fn data_beside_errors_was_executed() {
    let no = (Kind::GraphQl, r#"{"message":"no"}"#);
    let unauthenticated = (Kind::Unauthorized, r#"{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}"#);
    for (data, executed) in [
        (r#"null"#, false),
        (r#"{"hello":null}"#, false),
        (r#"{"hello":{"id":null}}"#, true),
        (r#""something else""#, true),
    ] {
        for (kind, error) in [no, unauthenticated] {
            let (url, _) = raw_server(vec![ok(&format!(r#"{{"data":{data},"errors":[{error}]}}"#))]).await;
            let error = mutation(&transport(&url)).await.and_then(Response::into_result).unwrap_err();
            assert_eq!((error.kind(), error.may_have_executed()), (kind, executed), "{data}");
        }
    }
}

/// A clock that is hours ahead once it has slept, as after a laptop's lid was closed; or that stands still.
#[derive(Debug, Clone)]
struct Asleep {
    ahead: Arc<AtomicUsize>,
    hours: usize,
}

impl Timer for Asleep {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (ahead, hours) = (Arc::clone(&self.ahead), self.hours);
        Box::pin(async move {
            // Limits on work are long, pauses are not.
            if duration > Duration::from_secs(2) {
                return tokio::time::sleep(duration).await;
            }
            ahead.fetch_add(hours, Ordering::SeqCst);
        })
    }

    fn now(&self) -> Instant {
        let hours = self.ahead.load(Ordering::SeqCst) as u64;
        tokio::time::Instant::now().into_std() + Duration::from_secs(3600 * hours)
    }
}

#[tokio::test]
async fn a_machine_that_slept_gives_up_and_one_whose_clock_stands_goes_on() {
    let busy = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
    for (hours, outcome) in [(8, Err(Kind::Status)), (0, Ok(()))] {
        let (url, _) = raw_server(vec![busy.clone(), ok(HELLO)]).await;
        let timer = Asleep { ahead: Arc::default(), hours };
        let transport = builder(&url).timer(timer).retry(support::quick()).build().unwrap();
        let answer = query(&transport).await;
        let elapsed = answer.as_ref().map_or_else(prefect_transport::Error::elapsed, |_| Duration::ZERO);
        assert_eq!(elapsed.as_secs() / 3600, hours as u64);
        assert_eq!(answer.map(drop).map_err(|error| error.kind()), outcome);
    }
}
