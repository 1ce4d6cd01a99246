//! What an answer and an error know of the attempts before them.

use prefect_transport::{
    BoxError, BoxFuture, Credentials, CredentialsProvider, Kind, RetryPolicy, Transport,
};

use crate::support::{builder, ok, query, quick, raw_server, transport};

const HELLO: &str = r#"{"data":{"hello":"👋"}}"#;

fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_doubt_about_an_earlier_attempt_stays() {
    for (earlier, in_doubt) in [("503 Unavailable", true), ("429 Too Many Requests", false)] {
        let (url, _) = raw_server(vec![status(earlier), ok(HELLO)]).await;
        let answer = query(&transport(&url)).await.unwrap();
        assert_eq!(
            (answer.attempts(), answer.earlier_attempt_may_have_executed()),
            (2, in_doubt),
            "{earlier}"
        );

        let (url, _) = raw_server(vec![status(earlier), status("401 Unauthorized")]).await;
        let error = query(&transport(&url)).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_executed()), (Kind::Unauthorized, in_doubt), "{earlier}");

        // One more attempt that is not in doubt does not end it.
        let (url, _) = raw_server(vec![status(earlier), status("429 Too Many Requests"), ok(HELLO)]).await;
        let answer = query(&transport(&url)).await.unwrap();
        assert_eq!(
            (answer.attempts(), answer.earlier_attempt_may_have_executed()),
            (3, in_doubt),
            "{earlier}"
        );
    }
}

/// Asks for credentials over another transport.
#[derive(Debug)]
struct Remote(Transport);

impl CredentialsProvider for Remote {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        Box::pin(async { Err(query(&self.0).await.unwrap_err().into()) })
    }
}

#[tokio::test]
async fn a_provider_retries_for_itself() {
    let login = builder("http://127.0.0.1:1").retry(RetryPolicy::never()).build().unwrap();
    let transport = builder("http://127.0.0.1:1").retry(quick()).credentials(Remote(login)).build().unwrap();
    let error = query(&transport).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.may_have_executed()), (Kind::Credentials, 1, false));
    assert!(error.is_retryable() && !error.is_unauthorized(), "{error:?}");

    let (url, _) = raw_server(vec![status("401 Unauthorized")]).await;
    let transport =
        builder("http://127.0.0.1:1").credentials(Remote(builder(&url).build().unwrap())).build().unwrap();
    let error = query(&transport).await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_retryable(), "{error:?}");
}
