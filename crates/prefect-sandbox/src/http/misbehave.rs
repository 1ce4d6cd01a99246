//! What a fault does to a request and its answer.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::response::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::value::RawValue;

use super::fault::{Fault, RetryAfter};
use super::faults::Chosen;
use super::gzip_bomb::gzip_bomb;
use super::raw::{End, Raw};
use super::reply::{self, Reply};

const GARBAGE: &str = "<html>\u{fffd} this is not the answer {\"data\":";
const API_ERROR: &str = "{\"errors\":[{\"message\":\"Unable to complete operation. An internal API error occurred.\",\
                         \"extensions\":{\"code\":\"API_ERROR\"}}],\"data\":null}\n";
const BROKEN_OFF: &str = "{\"errors\":[{\"message\":\"request to http://graphql:4201/graphql/ failed, reason: socket hang up\",\
                          \"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\"}}],\"data\":null}\n";
const UNAUTHENTICATED: &str = "{\"errors\":[{\"message\":\"AuthenticationError: Forbidden\",\
                               \"extensions\":{\"code\":\"UNAUTHENTICATED\"}}],\"data\":null}\n";
const PARTIAL: &str = "[{\"message\":\"Cannot return null for a field that is never null.\",\"path\":[\"other\"],\
                       \"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\"}}]";
const INVALID_UTF8: &[u8] = b"{\"errors\":[{\"message\":\"\xff\xfe\xc3\"}],\"data\":null}\n";
const BAD_CHUNKS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\
                            transfer-encoding: chunked\r\n\r\n8\r\n{\"data\":\r\nmany\r\n{}}\r\n0\r\n\r\n";
const ENDLESS: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{\"data\":\"";
const MORE: &[u8] = &[b'.'; 1 << 16];
const DEPTH: usize = 100_000;

/// Does the work, unless the fault prevents it, and answers what the fault leaves of the answer.
pub(super) async fn with_fault(chosen: Option<Chosen>, work: impl Future<Output = Reply>) -> Reply {
    let Some(Chosen { fault, after_commit }) = chosen else { return work.await };
    match fault {
        Fault::Delay(pause) if after_commit => {
            let reply = work.await;
            tokio::time::sleep(pause).await;
            reply
        }
        Fault::Delay(pause) => {
            tokio::time::sleep(pause).await;
            work.await
        }
        fault if fault.spoils_the_answer() => spoilt(&fault, Answer::of(work.await).await),
        fault => {
            if after_commit {
                drop(work.await);
            }
            instead(fault)
        }
    }
}

/// What is left of an answer.
fn spoilt(fault: &Fault, answer: Answer) -> Reply {
    let body = answer.body.len();
    match fault {
        Fault::PartialData => answer.with_error(),
        Fault::Truncate => raw(answer.but_for(body / 2), End::Close),
        Fault::TruncateHead => raw(answer.but_for(body + 20), End::Close),
        Fault::LongBody => raw(answer.announced_as(body / 2), End::Close),
        Fault::Trickle(pause) => raw_at(Some(*pause), answer.but_for(0), End::Close),
        Fault::ResetOnReuse => raw(answer.but_for(0), End::ResetOnReuse),
        _ => raw(answer.but_for(0), End::Close),
    }
}

/// An answer that has nothing of the request's own in it.
fn instead(fault: Fault) -> Reply {
    match fault {
        Fault::Reset => raw(Bytes::new(), End::Reset),
        Fault::Status { status, retry_after } => bare(status, retry_after),
        Fault::ErrorPage(status) => error_page(status),
        Fault::Redirect { status, location } => redirect(status, &location),
        Fault::BadChunks => raw(Bytes::from_static(BAD_CHUNKS), End::Close),
        Fault::Endless => raw(Bytes::from_static(ENDLESS), End::Repeat(Bytes::from_static(MORE))),
        Fault::GzipBomb => {
            let mut reply = reply::json(StatusCode::OK, gzip_bomb());
            reply.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            reply
        }
        Fault::DeepJson => {
            let text = format!("{{\"data\":{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH));
            reply::json(StatusCode::OK, text)
        }
        Fault::InvalidUtf8 => reply::json(StatusCode::OK, INVALID_UTF8),
        Fault::Garbage => reply::html(StatusCode::OK, GARBAGE),
        Fault::Json(text) => reply::json(StatusCode::OK, text),
        Fault::ApiError => reply::json(StatusCode::OK, API_ERROR),
        Fault::BrokenOff => reply::json(StatusCode::OK, BROKEN_OFF),
        Fault::Unauthenticated => reply::json(StatusCode::OK, UNAUTHENTICATED),
        _ => raw(Bytes::new(), End::Close),
    }
}

/// An answer as it would have been, all of it.
struct Answer {
    head: Parts,
    body: Bytes,
}

impl Answer {
    async fn of(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        Self { head, body: to_bytes(body, usize::MAX).await.unwrap_or_default() }
    }

    /// Its bytes, with another length of the body in the head.
    fn announced_as(&self, length: usize) -> Bytes {
        let status = self.head.status;
        let mut bytes = format!("HTTP/1.1 {status}\r\n{}: {length}\r\n", header::CONTENT_LENGTH).into_bytes();
        for (name, value) in &self.head.headers {
            bytes.extend_from_slice(name.as_ref());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes.into()
    }

    /// Its bytes, without the last ones.
    fn but_for(&self, missing: usize) -> Bytes {
        let mut bytes = self.announced_as(self.body.len());
        bytes.truncate(bytes.len().saturating_sub(missing));
        bytes
    }

    /// The answer with an error beside its data. What is no object stays as it is.
    fn with_error(self) -> Reply {
        let text = serde_json::from_slice::<BTreeMap<&str, &RawValue>>(&self.body).and_then(|mut members| {
            let errors: &RawValue = serde_json::from_str(PARTIAL)?;
            members.entry("errors").or_insert(errors);
            serde_json::to_vec(&members)
        });
        let body = text.map_or_else(|_| self.body.clone(), Bytes::from);
        Response::from_parts(self.head, Body::from(body))
    }
}

fn raw(bytes: Bytes, end: End) -> Reply {
    raw_at(None, bytes, end)
}

fn raw_at(pace: Option<Duration>, bytes: Bytes, end: End) -> Reply {
    let mut reply = Response::new(Body::empty());
    reply.extensions_mut().insert(Raw { bytes, pace, end });
    reply
}

fn bare(status: u16, retry_after: Option<RetryAfter>) -> Reply {
    let status = known(status);
    let mut reply = reply::text(status, status.canonical_reason().unwrap_or_default());
    let value = retry_after.map(|pause| match pause {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::Date(date) => httpdate::fmt_http_date(date),
    });
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
        reply.headers_mut().insert(header::RETRY_AFTER, value);
    }
    reply
}

fn error_page(status: u16) -> Reply {
    let status = known(status);
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n\
         <hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
    );
    reply::html(status, &page)
}

fn redirect(status: u16, location: &str) -> Reply {
    let mut reply = bare(status, None);
    if let Ok(location) = HeaderValue::from_str(location) {
        reply.headers_mut().insert(header::LOCATION, location);
    }
    reply
}

fn known(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
