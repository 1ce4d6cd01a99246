//! One attempt: an HTTP request, its answer read up to the limit, and what that means.

use bytes::Bytes;
use http::response::Parts;
use http::{Method, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::Exchange;
use crate::redact::redacted;
use crate::response::errors_of_body;
use crate::transport::Transport;
use crate::{
    BoxError, BoxFuture, Credentials, Delivery, Endpoint, Error, HttpBody, HttpError, Kind, Request,
    Response, retry,
};

/// A server that announces more bytes is believed when they are there.
const MOST_RESERVED: usize = 1024 * 1024;

/// Sends `request` once.
pub(crate) async fn attempt<T: DeserializeOwned>(
    transport: &Transport,
    request: &Request,
    credentials: &Credentials,
    exchange: &Exchange,
) -> Result<Response<T>, Error> {
    let http_request = http_request(transport, request, credentials, exchange)?;
    let answer = match transport.shared.service.call(http_request).await {
        Ok(answer) => answer,
        Err(error) => return Err(no_answer(error, exchange.clone())),
    };
    let (head, body) = answer.into_parts();
    tracing::debug!(status = head.status.as_u16(), "answer");
    let body = match read(body, transport.shared.max_response_bytes).await {
        Ok(body) => body,
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(
                Error::new(Kind::TooLarge, Delivery::Answered, exchange.clone()).with_status(head.status)
            );
        }
        Err(error) => {
            return Err(Error::new(Kind::Connection, Delivery::MaybeSent, exchange.clone())
                .with_status(head.status)
                .with_source(error));
        }
    };
    let outcome = interpret(request, &head, &body, exchange.clone());
    if outcome.as_ref().is_ok_and(|response| response.errors.is_empty()) {
        return outcome;
    }
    let mut headers = transport.shared.headers.clone();
    credentials.apply(&mut headers).map_err(|_| unwritable(exchange.clone()))?;
    match redacted(&body, &headers, &request.secrets) {
        Some(body) => interpret(request, &head, &body, exchange.clone()),
        None => outcome,
    }
}

/// What an answer means.
fn interpret<T: DeserializeOwned>(
    request: &Request,
    head: &Parts,
    body: &[u8],
    exchange: Exchange,
) -> Result<Response<T>, Error> {
    match failed_status(head.status) {
        None if request.secret_answer => {
            Response::read(head.status, body, exchange).map_err(Error::without_answer)
        }
        None => Response::read(head.status, body, exchange),
        Some(kind) => Err(Error::new(kind, Delivery::Answered, exchange)
            .with_status(head.status)
            .with_errors(errors_of_body(body))
            .with_body(body)
            .with_retry_after(retry::retry_after(&head.headers))),
    }
}

/// Reads a body whole, of `limit` bytes at the most. Boxed, as the compiler cannot tell that the future of a
/// [`Limited`] body is `Send`.
fn read(body: HttpBody, limit: usize) -> BoxFuture<'static, Result<Bytes, BoxError>> {
    Box::pin(whole(Limited::new(body, limit)))
}

/// What comes in one part is not copied. Of more parts none is kept, so that the connection reads all into one buffer.
async fn whole(mut body: Limited<HttpBody>) -> Result<Bytes, BoxError> {
    let Some(first) = next_part(&mut body).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() {
        return Ok(first);
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let mut whole = Vec::with_capacity(first.len() + announced.min(MOST_RESERVED));
    whole.extend_from_slice(&first);
    drop(first);
    while let Some(part) = next_part(&mut body).await? {
        whole.extend_from_slice(&part);
    }
    Ok(whole.into())
}

/// The next part of a body that is no trailer.
async fn next_part(body: &mut Limited<HttpBody>) -> Result<Option<Bytes>, BoxError> {
    while let Some(frame) = body.frame().await {
        if let Ok(part) = frame?.into_data() {
            return Ok(Some(part));
        }
    }
    Ok(None)
}

fn http_request(
    transport: &Transport,
    request: &Request,
    credentials: &Credentials,
    exchange: &Exchange,
) -> Result<http::Request<Bytes>, Error> {
    let shared = &transport.shared;
    let endpoint = &shared.endpoint;
    let not_sent = |kind| Error::new(kind, Delivery::NotSent, exchange.clone());
    if credentials.has_secret() && !shared.allow_insecure_credentials && is_plain(endpoint) {
        return Err(not_sent(Kind::InsecureCredentials));
    }
    let mut http_request = http::Request::new(request.body.clone());
    *http_request.method_mut() = Method::POST;
    *http_request.uri_mut() = endpoint.uri().clone();
    let headers = http_request.headers_mut();
    *headers = shared.headers.clone();
    if let Some(trace_context) = &shared.trace_context {
        headers.extend(trace_context.headers());
    }
    credentials.apply(headers).map_err(|_| unwritable(exchange.clone()))?;
    Ok(http_request)
}

/// Whether others on the network can read what is sent.
fn is_plain(endpoint: &Endpoint) -> bool {
    !endpoint.is_https() && !endpoint.is_loopback()
}

/// In place of the error that quotes the header's value, which is the secret.
fn unwritable(exchange: Exchange) -> Error {
    Error::new(Kind::Request, Delivery::NotSent, exchange)
        .with_source("the credentials have a character that no header can carry")
}

fn no_answer(error: HttpError, exchange: Exchange) -> Error {
    let kind = match (error.delivery, error.timed_out) {
        (Delivery::NotSent, _) => Kind::Connect,
        (_, true) => Kind::Timeout,
        (_, false) => Kind::Connection,
    };
    Error::new(kind, error.delivery, exchange).with_source(error.source)
}

/// The kind of failure a status stands for; 400 carries GraphQL errors, as 200 does.
fn failed_status(status: StatusCode) -> Option<Kind> {
    match status.as_u16() {
        200..=299 | 400 => None,
        300..=399 => Some(Kind::Redirected),
        401 | 403 => Some(Kind::Unauthorized),
        429 => Some(Kind::RateLimited),
        _ => Some(Kind::Status),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::*;

    fn in_parts(parts: &'static [&'static str]) -> HttpBody {
        let frames = parts.iter().map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes()))));
        HttpBody::new(StreamBody::new(stream::iter(frames)))
    }

    #[tokio::test]
    async fn a_body_is_read_whole_however_it_arrives() {
        assert_eq!(read(in_parts(&[]), 3).await.unwrap(), "");
        assert_eq!(read(in_parts(&["abc"]), 3).await.unwrap(), "abc");
        assert_eq!(read(in_parts(&["a", "", "bc"]), 3).await.unwrap(), "abc");
        let error = read(in_parts(&["a", "bc", "d"]), 3).await.unwrap_err();
        assert!(error.is::<LengthLimitError>(), "{error}");
    }

    #[tokio::test]
    async fn a_body_of_one_part_is_not_copied() {
        let sent = Bytes::from_static(b"abc");
        let body = HttpBody::new(Full::new(sent.clone()).map_err(Into::into));
        assert_eq!(read(body, 3).await.unwrap().as_ptr(), sent.as_ptr());
    }
}
