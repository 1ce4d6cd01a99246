//! One GraphQL operation, serialised and ready to be sent any number of times.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use crate::RetryPolicy;

/// A GraphQL request, made by [`Transport::request`](crate::Transport::request). The body is serialised once, so every attempt sends the same bytes.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) body: Bytes,
    pub(crate) idempotent: bool,
    pub(crate) total_timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
}

impl Request {
    pub(crate) fn new(operation: Cow<'static, str>, body: Vec<u8>) -> Self {
        Self { operation, body: body.into(), idempotent: false, total_timeout: None, retry: None }
    }

    /// Says that executing the operation twice does what executing it once does: a query, or a
    /// mutation with a key. Only then is it sent again after a failure that may have executed it.
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Overrides the transport's limit on all attempts and pauses together.
    #[must_use]
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = Some(timeout);
        self
    }

    /// Overrides the transport's retry policy.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// The bytes that are posted.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}
