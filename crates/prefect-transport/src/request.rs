//! One GraphQL operation, serialised and ready to be sent any number of times.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;

use crate::RetryPolicy;

/// A GraphQL request, made by [`Transport::request`](crate::Transport::request). The body is serialised
/// once, so every attempt sends the same bytes.
#[derive(Clone)]
pub struct Request {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) body: Bytes,
    pub(crate) idempotent: bool,
    pub(crate) total_timeout: Option<Duration>,
    /// In a box, since there rarely is one.
    pub(crate) retry: Option<Box<RetryPolicy>>,
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) secret_answer: bool,
}

impl Request {
    pub(crate) fn new(operation: Cow<'static, str>, body: Vec<u8>) -> Self {
        Self {
            operation,
            body: body.into(),
            idempotent: false,
            total_timeout: None,
            retry: None,
            secrets: Vec::new(),
            secret_answer: false,
        }
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
        self.retry = Some(Box::new(policy));
        self
    }

    /// Names a secret in the body, so that no error tells it should the server repeat it. Those in
    /// headers are known.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Says that the answer's data are secrets, such as tokens: no error repeats anything of them,
    /// whatever their shape is.
    #[must_use]
    pub fn secret_answer(mut self) -> Self {
        self.secret_answer = true;
        self
    }

    /// The bytes that are posted.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// Without the body, which may hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("bytes", &self.body.len())
            .field("idempotent", &self.idempotent)
            .field("total_timeout", &self.total_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
