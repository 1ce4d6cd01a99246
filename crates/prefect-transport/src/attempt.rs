//! One attempt: an HTTP request, its answer, and what that means.

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::response::Parts;
use http::{Method, StatusCode};

use crate::body::{self, Unread};
use crate::error::Exchange;
use crate::redact::redacted;
use crate::response::{Data, errors_of_body};
use crate::transport::Transport;
use crate::{Credentials, Delivery, Endpoint, Error, HttpError, Kind, Request, Response, retry};

/// Sends `request` once, and reads what was asked for into `data`.
pub(crate) async fn attempt(
    transport: &Transport,
    request: &Request,
    credentials: &Credentials,
    exchange: &Exchange,
    data: &mut dyn Data,
) -> Result<Response<()>, Error> {
    let http_request = http_request(transport, request, credentials, exchange)?;
    let answer = match transport.shared.service.call(http_request).await {
        Ok(answer) => answer,
        Err(error) => return Err(no_answer(error, exchange.clone())),
    };
    let (head, body) = answer.into_parts();
    tracing::debug!(status = head.status.as_u16(), "answer");
    let body = match body::read(body, transport.shared.max_response_bytes).await {
        Ok(body) => body,
        Err(unread) => return Err(no_body(unread, exchange.clone()).with_status(head.status)),
    };
    let outcome = interpret(request, &head, &body, exchange.clone(), data);
    if outcome.as_ref().is_ok_and(|response| response.errors.is_empty()) {
        return outcome;
    }
    let without_secrets = without_secrets(transport, request, credentials, &body);
    match without_secrets.map_err(|_| unwritable(exchange.clone()))? {
        Some(body) => interpret(request, &head, &body, exchange.clone(), data),
        None => outcome,
    }
}

/// The body of an answer without the secrets that were sent; `None` when none is in it. Rarely wanted, and therefore
/// no part of the function above, whose stack frame would have room for it.
#[cold]
#[inline(never)]
fn without_secrets(
    transport: &Transport,
    request: &Request,
    credentials: &Credentials,
    body: &[u8],
) -> Result<Option<Bytes>, InvalidHeaderValue> {
    let mut headers = transport.shared.headers.clone();
    credentials.apply(&mut headers)?;
    Ok(redacted(body, &headers, transport.shared.endpoint.uri().query(), &request.secrets))
}

/// What an answer means.
fn interpret(
    request: &Request,
    head: &Parts,
    body: &[u8],
    exchange: Exchange,
    data: &mut dyn Data,
) -> Result<Response<()>, Error> {
    let outcome = match failed_status(head.status) {
        None => Response::read(head.status, body, exchange, data),
        Some(kind) => Err(Error::new(kind, Delivery::Answered, exchange)
            .with_status(head.status)
            .with_errors(errors_of_body(body))
            .with_body(body)
            .with_retry_after(retry::retry_after(&head.headers))),
    };
    if request.secret_answer { outcome.map_err(Error::without_answer) } else { outcome }
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

fn no_body(unread: Unread, exchange: Exchange) -> Error {
    match unread {
        Unread::TooLarge => Error::new(Kind::TooLarge, Delivery::Answered, exchange),
        Unread::Broken(error) => {
            Error::new(Kind::Connection, Delivery::MaybeSent, exchange).with_source(error)
        }
    }
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
