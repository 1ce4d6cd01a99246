//! Responses with the headers and the texts of the real gateway.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

pub(super) type Reply = Response<Body>;

pub(super) fn json(status: StatusCode, text: impl Into<Body>) -> Reply {
    with_type(status, "application/json; charset=utf-8", text)
}

pub(super) fn text(status: StatusCode, text: &str) -> Reply {
    with_type(status, "text/plain; charset=utf-8", text.to_owned())
}

/// The framework's own error pages.
pub(super) fn html(status: StatusCode, text: &str) -> Reply {
    with_type(status, "text/html; charset=utf-8", text.to_owned())
}

fn with_type(status: StatusCode, content_type: &'static str, text: impl Into<Body>) -> Reply {
    let mut reply = Response::new(text.into());
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("keep-alive", HeaderValue::from_static("timeout=5"));
    reply
}
