//! The one error of the transport, and the words it is told in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::{BoxError, Endpoint, GraphQlError};

/// How much of a server's text an error repeats, in characters.
const EXCERPT: usize = 500;

/// How many of an answer's errors are told.
const TOLD: usize = 5;

/// Why a request has no usable answer.
///
/// `Display` tells what was attempted, what the server said and how often it was tried; the
/// [source](std::error::Error::source) tells the technical cause and is not repeated there.
///
/// Clones are for those who wait for the same answer.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    delivery: Delivery,
    exchange: Exchange,
    status: Option<StatusCode>,
    errors: Vec<GraphQlError>,
    /// The answer held data beside its errors.
    partial_data: bool,
    excerpt: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What an error or an answer knows of the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) operation: Cow<'static, str>,
    pub(crate) endpoint: Endpoint,
    pub(crate) idempotent: bool,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    /// An earlier attempt of the same request may have been executed.
    pub(crate) earlier_in_doubt: bool,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// No connection could be made: refused, no such host, or TLS failed.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer was whole.
    Connection,
    /// The server answered 429: too many requests.
    RateLimited,
    /// The server knows the credentials as wrong, or wants some.
    Unauthorized,
    /// An HTTP status that is no success.
    Status,
    /// A redirect, which is not followed to another origin.
    Redirected,
    /// The server answered with GraphQL errors.
    GraphQl,
    /// The answer is not a GraphQL response: HTML, a cut body, another service's JSON.
    Malformed,
    /// The answer's data does not have the shape that was asked for.
    Decode,
    /// The answer is larger than the limit.
    TooLarge,
    /// The credentials could not be obtained; the source says why.
    Credentials,
    /// A secret would have travelled over plain HTTP to another machine.
    /// [`TransportBuilder::allow_insecure_credentials`](crate::TransportBuilder::allow_insecure_credentials)
    /// allows it.
    InsecureCredentials,
    /// The request could not be written, as with a secret that no header can carry.
    Request,
}

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// Nothing of it reached the server.
    NotSent,
    /// It may have reached the server, whole or in part.
    MaybeSent,
    /// The server answered it.
    Answered,
}

impl Error {
    pub(crate) fn new(kind: Kind, delivery: Delivery, exchange: Exchange) -> Self {
        Self(Box::new(Inner {
            kind,
            delivery,
            exchange,
            status: None,
            errors: Vec::new(),
            partial_data: false,
            excerpt: None,
            retry_after: None,
            source: None,
        }))
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_errors(mut self, errors: Vec<GraphQlError>) -> Self {
        self.0.errors = errors;
        self
    }

    pub(crate) fn with_partial_data(mut self, partial: bool) -> Self {
        self.0.partial_data = partial;
        self
    }

    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        self.0.excerpt = excerpt(&String::from_utf8_lossy(body));
        self
    }

    pub(crate) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Without a word of an answer that was to be kept secret, but for its GraphQL errors.
    pub(crate) fn without_answer(mut self) -> Self {
        (self.0.excerpt, self.0.source) = (None, None);
        self
    }

    pub(crate) fn with_exchange(mut self, exchange: Exchange) -> Self {
        self.0.exchange = exchange;
        self
    }

    /// What went wrong, in the last attempt.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// How far the last attempt got.
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// Whether any attempt may have been executed although this is an error.
    ///
    /// `false` is a promise: the server did nothing.
    pub fn may_have_executed(&self) -> bool {
        self.0.exchange.earlier_in_doubt || self.last_in_doubt()
    }

    /// Whether the last attempt may have been executed.
    pub(crate) fn last_in_doubt(&self) -> bool {
        match self.0.kind {
            Kind::Connect
            | Kind::RateLimited
            | Kind::Redirected
            | Kind::Credentials
            | Kind::InsecureCredentials
            | Kind::Request => false,
            Kind::Timeout | Kind::Connection => self.0.delivery != Delivery::NotSent,
            Kind::Status => self
                .0
                .status
                .is_none_or(|status| status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT),
            Kind::GraphQl | Kind::Unauthorized => {
                self.0.partial_data || self.0.errors.iter().any(GraphQlError::is_internal)
            }
            Kind::Malformed | Kind::Decode | Kind::TooLarge => true,
        }
    }

    /// How many times the request was sent or tried to be sent.
    pub fn attempts(&self) -> u32 {
        self.0.exchange.attempts
    }

    /// The time from the call to the error, pauses included.
    pub fn elapsed(&self) -> Duration {
        self.0.exchange.elapsed
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// The GraphQL errors of the answer.
    pub fn graphql_errors(&self) -> &[GraphQlError] {
        &self.0.errors
    }

    /// The first 500 characters of an answer that could not be used, on one line.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed later. Whether sending it again is *safe* is for
    /// [`may_have_executed`](Self::may_have_executed) to say.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            Kind::Connect | Kind::Timeout | Kind::Connection | Kind::RateLimited => true,
            Kind::Status => self.0.status.is_some_and(crate::retry::is_transient),
            Kind::GraphQl => self.0.errors.iter().any(GraphQlError::is_internal),
            Kind::Credentials => self.inner_error().is_some_and(Self::is_retryable),
            _ => false,
        }
    }

    /// Whether the server refused the credentials, or wants some.
    pub fn is_unauthorized(&self) -> bool {
        match self.0.kind {
            Kind::Unauthorized => true,
            Kind::Credentials => self.inner_error().is_some_and(Self::is_unauthorized),
            _ => false,
        }
    }

    /// Whether time ran out.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == Kind::Timeout
    }

    /// Whether no connection could be made.
    pub fn is_connect(&self) -> bool {
        self.0.kind == Kind::Connect
    }

    /// The transport's error inside of a provider's.
    fn inner_error(&self) -> Option<&Self> {
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            if let Some(error) = error.downcast_ref::<Self>() {
                return Some(error);
            }
            source = error.source();
        }
        None
    }

    fn told_errors(&self) -> impl Iterator<Item = &GraphQlError> {
        self.0.errors.iter().take(TOLD)
    }

    fn write_kind(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = &self.0.exchange.endpoint;
        match self.0.kind {
            Kind::Connect => write!(f, "no connection to {endpoint}: is the server running there?"),
            Kind::Timeout if self.0.delivery == Delivery::NotSent => {
                write!(f, "no time was left to ask {endpoint}")
            }
            Kind::Timeout => write!(f, "{endpoint} did not answer in time"),
            Kind::Connection => write!(f, "the connection to {endpoint} broke before the answer was whole"),
            Kind::RateLimited => write!(f, "{endpoint} says there are too many requests; try again later"),
            Kind::Unauthorized => {
                write!(f, "{endpoint} refused the credentials; check the API key and the tenant")
            }
            Kind::Status => write!(f, "{endpoint} answered with an error status"),
            Kind::Redirected => {
                write!(f, "{endpoint} redirects elsewhere, which is not followed; use the final address")
            }
            Kind::GraphQl => write!(f, "{endpoint} refused"),
            Kind::Malformed => {
                write!(
                    f,
                    "{endpoint} answered with something that is not GraphQL (is this the API's address?)"
                )
            }
            Kind::Decode => write!(
                f,
                "{endpoint} answered with data of another shape than was asked for (is it Prefect 0.10 to 1.x?)"
            ),
            Kind::TooLarge => {
                write!(f, "the answer of {endpoint} is larger than the limit; ask for less, or allow more")
            }
            Kind::Credentials => write!(f, "no credentials for {endpoint}"),
            Kind::InsecureCredentials => {
                write!(f, "a secret would go unencrypted to {endpoint}; use https")
            }
            Kind::Request => write!(f, "the request cannot be written as HTTP"),
        }
    }

    fn write_server(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.0.status.filter(|status| !status.is_success()) {
            write!(f, " (HTTP {status})")?;
        }
        let mut separator = ": ";
        for error in self.told_errors() {
            write!(f, "{separator}{error}")?;
            separator = "; ";
        }
        if let Some(more) = self.0.errors.len().checked_sub(TOLD).filter(|more| *more > 0) {
            write!(f, "; and {more} more")?;
        }
        if let Some(excerpt) = self.0.excerpt.as_ref().filter(|_| self.0.errors.is_empty()) {
            write!(f, ": {excerpt:?}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.exchange.operation)?;
        self.write_kind(f)?;
        self.write_server(f)?;
        let Exchange { attempts, elapsed, idempotent, .. } = &self.0.exchange;
        match attempts {
            0 | 1 if self.is_timeout() => write!(f, " (waited {:.1} s)", elapsed.as_secs_f64())?,
            0 | 1 => {}
            _ => write!(f, " (tried {attempts} times in {:.1} s)", elapsed.as_secs_f64())?,
        }
        // Whether what is idempotent may be sent again is for its caller to say.
        if self.may_have_executed() && !idempotent {
            f.write_str("; it may have been executed, so look before it is sent again")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("delivery", &self.0.delivery)
            .field("exchange", &self.0.exchange)
            .field("status", &self.status())
            .field("errors", &self.told_errors().map(ToString::to_string).collect::<Vec<_>>())
            .field("excerpt", &self.0.excerpt)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The beginning of `text` on one line; nothing for blank text.
pub(crate) fn excerpt(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let mut line = words.next()?.to_owned();
    for word in words {
        if line.len() > EXCERPT * 4 {
            break;
        }
        line.push(' ');
        line.push_str(word);
    }
    let mut short: String = line.chars().filter(|c| !c.is_control()).take(EXCERPT).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    Some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_on_one_line() {
        assert_eq!(excerpt(" \n "), None);
        assert_eq!(excerpt("<html>\n  <b>no\u{7}</b>").unwrap(), "<html> <b>no</b>…");
        let long = excerpt(&"é".repeat(10_000)).unwrap();
        assert_eq!(long.chars().count(), EXCERPT + 1);
        let words = excerpt(&"word ".repeat(1_000_000)).unwrap();
        assert_eq!(words.chars().count(), EXCERPT + 1);
    }
}
