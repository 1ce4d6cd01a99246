//! One attempt: an HTTP request, its answer, and what that means.

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::{Method, StatusCode};

use crate::answer::{Answer, Data, errors_of_body};
use crate::body::{self, Unread};
use crate::redact::redacted;
use crate::transport::Transport;
use crate::{Credentials, Delivery, Endpoint, Error, HttpBody, HttpError, Kind, Request, retry};

/// Sends `request` once, and reads what was asked for into `data`.
pub(crate) async fn attempt(
    transport: &Transport,
    request: &Request,
    credentials: &Credentials,
    data: &mut dyn Data,
) -> Result<Answer, Error> {
    let mut http_request = http::Request::new(request.body.clone());
    write_head(&mut http_request, transport, request, credentials)?;
    let mut response = match transport.shared.service.call(http_request).await {
        Ok(response) => response,
        Err(error) => return Err(no_answer(transport, request, error)),
    };
    tracing::debug!(status = response.status().as_u16(), "answer");
    let body = match body::read(response.body_mut(), transport.shared.max_response_bytes).await {
        Ok(body) => body,
        Err(unread) => return Err(no_body(transport, request, unread).with_status(response.status())),
    };
    let outcome = interpret(transport, request, &response, &body, data);
    if outcome.as_ref().is_ok_and(|answer| answer.errors.is_empty()) {
        return outcome;
    }
    let without_secrets = without_secrets(transport, request, credentials, &body);
    match without_secrets.map_err(|_| unwritable(transport, request))? {
        Some(body) => interpret(transport, request, &response, &body, data),
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
    transport: &Transport,
    request: &Request,
    response: &http::Response<HttpBody>,
    body: &[u8],
    data: &mut dyn Data,
) -> Result<Answer, Error> {
    let status = response.status();
    let error = |kind| transport.error(request, kind, Delivery::Answered).with_status(status).with_body(body);
    let outcome = match failed_status(status) {
        None => Answer::read(status, body, data).map_err(|unreadable| {
            let error = error(unreadable.kind);
            match unreadable.reason {
                Some(reason) => error.with_source(reason),
                None => error,
            }
        }),
        Some(kind) => Err(error(kind)
            .with_errors(errors_of_body(body))
            .with_retry_after(retry::retry_after(response.headers()))),
    };
    if request.secret_answer { outcome.map_err(Error::without_answer) } else { outcome }
}

/// Writes all that is sent but the body, which is there. If that fails, nothing may be sent.
fn write_head(
    http_request: &mut http::Request<Bytes>,
    transport: &Transport,
    request: &Request,
    credentials: &Credentials,
) -> Result<(), Error> {
    let shared = &transport.shared;
    let endpoint = &shared.endpoint;
    if credentials.has_secret() && !shared.allow_insecure_credentials && is_plain(endpoint) {
        return Err(transport.error(request, Kind::InsecureCredentials, Delivery::NotSent));
    }
    *http_request.method_mut() = Method::POST;
    *http_request.uri_mut() = endpoint.uri().clone();
    let headers = http_request.headers_mut();
    *headers = shared.headers.clone();
    if let Some(trace_context) = &shared.trace_context {
        headers.extend(trace_context.headers());
    }
    credentials.apply(headers).map_err(|_| unwritable(transport, request))
}

/// Whether others on the network can read what is sent.
fn is_plain(endpoint: &Endpoint) -> bool {
    !endpoint.is_https() && !endpoint.is_loopback()
}

/// In place of the error that quotes the header's value, which is the secret.
fn unwritable(transport: &Transport, request: &Request) -> Error {
    transport
        .error(request, Kind::Request, Delivery::NotSent)
        .with_source("the credentials have a character that no header can carry")
}

#[cold]
fn no_answer(transport: &Transport, request: &Request, error: HttpError) -> Error {
    let kind = match (error.delivery, error.timed_out) {
        (Delivery::NotSent, _) => Kind::Connect,
        (_, true) => Kind::Timeout,
        (_, false) => Kind::Connection,
    };
    transport.error(request, kind, error.delivery).with_source(error.source)
}

#[cold]
fn no_body(transport: &Transport, request: &Request, unread: Unread) -> Error {
    match unread {
        Unread::TooLarge => transport.error(request, Kind::TooLarge, Delivery::Answered),
        Unread::Broken(error) => {
            transport.error(request, Kind::Connection, Delivery::MaybeSent).with_source(error)
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
