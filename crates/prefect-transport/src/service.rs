//! What the transport needs of an HTTP client. Nothing here knows GraphQL or any client.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::{BoxError, Delivery, HttpBody};

/// Sends one HTTP request: the seam between the transport and an HTTP client.
///
/// The transport retries, times out and caps answers itself, so a service does none of it. It must
/// not follow redirects to another origin, which would carry the body there.
pub trait HttpService: fmt::Debug + Send + Sync {
    /// Sends `request` and returns the head of the answer, its body still to be read.
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>>;
}

/// Why a service got no answer.
#[derive(Debug, thiserror::Error)]
#[error("{}", if *timed_out { "timed out" } else { "no answer" })]
pub struct HttpError {
    pub(crate) delivery: Delivery,
    pub(crate) timed_out: bool,
    #[source]
    pub(crate) source: BoxError,
}

impl HttpError {
    /// Nothing of the request can have reached the server: sending it again is always safe.
    pub fn not_sent(source: impl Into<BoxError>) -> Self {
        Self { delivery: Delivery::NotSent, timed_out: false, source: source.into() }
    }

    /// The server may have received the request. When in doubt, this one.
    pub fn maybe_sent(source: impl Into<BoxError>) -> Self {
        Self { delivery: Delivery::MaybeSent, timed_out: false, source: source.into() }
    }

    /// The reason was that time ran out.
    #[must_use]
    pub fn timed_out(mut self) -> Self {
        self.timed_out = true;
        self
    }
}
