//! Faults on demand, byte by byte: what arrives instead of an answer, and how the connection ends.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use prefect_sandbox::{Fault, FaultRule, RetryAfter, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HELLO: &str = "POST / HTTP/1.1\r\nhost: sandbox\r\ncontent-type: application/json\r\ncontent-length: 19\r\n\
                     connection: close\r\n\r\n\
                     {\"query\":\"{hello}\"}";
const BODY: &str = "{\"data\":{\"hello\":\"👋\"}}\n";

/// A connection that has asked for `hello`, the fault of which is this one.
async fn asked(sandbox: &Sandbox, fault: impl Into<FaultRule>) -> TcpStream {
    sandbox.faults().add(fault);
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    stream.write_all(HELLO.as_bytes()).await.unwrap();
    stream
}

/// All that arrives, and whether the connection was closed (or reset) in the end.
async fn bytes(mut stream: TcpStream) -> (Vec<u8>, Result<(), io::ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.map(drop).map_err(|error| error.kind()))
}

async fn text(sandbox: &Sandbox, fault: impl Into<FaultRule>) -> (String, Result<(), io::ErrorKind>) {
    let (bytes, end) = bytes(asked(sandbox, fault).await).await;
    (String::from_utf8(bytes).unwrap(), end)
}

/// Head and body, and the length that the head announces.
fn parts(text: &str) -> (&str, &str, usize) {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    (head, body, length.unwrap().parse().unwrap())
}

/// The JSON that a fault makes of the answer to `hello`.
async fn answer(sandbox: &Sandbox, fault: Fault) -> Value {
    let (text, _) = text(sandbox, fault).await;
    serde_json::from_str(parts(&text).1).unwrap()
}

#[tokio::test]
async fn connections_end_without_an_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    assert_eq!(text(&sandbox, Fault::Drop).await, (String::new(), Ok(())));
    assert_eq!(text(&sandbox, Fault::Reset).await, (String::new(), Err(io::ErrorKind::ConnectionReset)));

    sandbox.faults().reset_connections(2);
    for _ in 0..2 {
        let stream = TcpStream::connect(sandbox.address()).await.unwrap();
        assert_eq!(bytes(stream).await, (Vec::new(), Err(io::ErrorKind::ConnectionReset)));
    }
    assert_eq!(text(&sandbox, Fault::Drop).await, (String::new(), Ok(())));
    assert_eq!(sandbox.requests().len(), 3);
}

#[tokio::test]
async fn answers_are_cut_or_too_long() {
    let sandbox = Sandbox::start().await.unwrap();
    let (cut, _) = text(&sandbox, Fault::TruncateHead).await;
    assert!(cut.starts_with("HTTP/1.1 200 OK\r\n") && !cut.contains("\r\n\r\n"), "{cut}");

    let (all, end) = text(&sandbox, Fault::LongBody).await;
    assert_eq!((parts(&all).1, parts(&all).2, end), (BODY, BODY.len() / 2, Ok(())));

    let cut = bytes(asked(&sandbox, Fault::Truncate).await).await.0;
    let cut = String::from_utf8_lossy(&cut);
    let (_, body, announced) = parts(&cut);
    assert!(announced == BODY.len() && !body.is_empty() && BODY.starts_with(body), "{cut}");
}

#[tokio::test]
async fn what_ends_badly_is_answered_in_full() {
    let sandbox = Sandbox::start().await.unwrap();
    let (all, end) = text(&sandbox, Fault::CloseAfter).await;
    let (head, body, announced) = parts(&all);
    assert_eq!((body, announced, end), (BODY, BODY.len(), Ok(())));
    assert!(!head.contains("connection: close"), "{head}");

    let mut stream = asked(&sandbox, Fault::ResetOnReuse).await;
    let mut again = vec![0; all.len()];
    stream.read_exact(&mut again).await.unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), all);
    stream.write_all(HELLO.as_bytes()).await.unwrap();
    assert_eq!(bytes(stream).await, (Vec::new(), Err(io::ErrorKind::ConnectionReset)));
    assert_eq!(sandbox.requests().len(), 2);
}

#[tokio::test]
async fn answers_come_slowly_or_without_end() {
    let sandbox = Sandbox::start().await.unwrap();
    let (quick, _) = text(&sandbox, Fault::CloseAfter).await;
    let (slow, end) = text(&sandbox, Fault::Trickle(Duration::from_micros(1))).await;
    assert_eq!((slow, end), (quick, Ok(())));

    let mut stream = asked(&sandbox, Fault::Trickle(Duration::from_secs(3600))).await;
    assert_eq!(stream.read(&mut [0; 100]).await.unwrap(), 1);

    let mut stream = asked(&sandbox, Fault::Endless).await;
    let mut much = vec![0; 16 << 20];
    stream.read_exact(&mut much).await.unwrap();
    assert!(much.ends_with(b"........"));
}

#[tokio::test]
async fn a_bomb_is_small_until_it_is_unpacked() {
    let sandbox = Sandbox::start().await.unwrap();
    let (bytes, _) = bytes(asked(&sandbox, Fault::GzipBomb).await).await;
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let (head, bomb) = bytes.split_at(head + 4);
    assert!(String::from_utf8_lossy(head).contains("content-encoding: gzip\r\n"));
    assert!(bomb.len() < 512 * 1024, "{}", bomb.len());

    // The decoder checks the sum and the length at the end.
    let unpacked = io::copy(&mut flate2::read::GzDecoder::new(bomb), &mut io::sink()).unwrap();
    assert_eq!(unpacked, 256 << 20);
}

#[tokio::test]
async fn bodies_are_no_answers() {
    let sandbox = Sandbox::start().await.unwrap();
    let (chunks, _) = text(&sandbox, Fault::BadChunks).await;
    assert!(chunks.contains("transfer-encoding: chunked\r\n\r\n8\r\n{\"data\":\r\nmany\r\n"), "{chunks}");

    let (invalid, _) = bytes(asked(&sandbox, Fault::InvalidUtf8).await).await;
    assert!(String::from_utf8(invalid).is_err());

    let (deep, _) = text(&sandbox, Fault::DeepJson).await;
    let (_, deep, _) = parts(&deep);
    assert_eq!((deep.matches('[').count(), deep.matches(']').count()), (100_000, 100_000));
    assert!(serde_json::from_str::<Value>(deep).unwrap_err().to_string().contains("recursion limit"));

    assert_eq!(answer(&sandbox, Fault::Json("{\"data\":null}".to_owned())).await, json!({ "data": null }));
    let refused = answer(&sandbox, Fault::Unauthenticated).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let partial = answer(&sandbox, Fault::PartialData).await;
    assert_eq!((&partial["data"]["hello"], partial["errors"].as_array().unwrap().len()), (&json!("👋"), 1));
}

#[tokio::test]
async fn proxies_answer() {
    let sandbox = Sandbox::start().await.unwrap();
    let (page, _) = text(&sandbox, Fault::ErrorPage(502)).await;
    let (head, body, _) = parts(&page);
    assert!(
        head.starts_with("HTTP/1.1 502 Bad Gateway") && body.contains("<h1>502 Bad Gateway</h1>"),
        "{page}"
    );

    let location = "http://elsewhere.invalid/".to_owned();
    let (moved, _) = text(&sandbox, Fault::Redirect { status: 307, location }).await;
    assert!(
        moved.contains("HTTP/1.1 307 ") && moved.contains("location: http://elsewhere.invalid/\r\n"),
        "{moved}"
    );

    let asking = |pause| Fault::Status { status: 429, retry_after: Some(pause) };
    let (absurd, _) = text(&sandbox, asking(RetryAfter::Seconds(u64::MAX))).await;
    assert!(absurd.contains("\r\nretry-after: 18446744073709551615\r\n"), "{absurd}");
    let (dated, _) = text(&sandbox, asking(RetryAfter::Date(UNIX_EPOCH + Duration::from_secs(1)))).await;
    assert!(dated.contains("\r\nretry-after: Thu, 01 Jan 1970 00:00:01 GMT\r\n"), "{dated}");
}
