//! The transport: sends requests, again where that is safe, within its limits.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::answer::{Answer, Data};
use crate::attempts::Attempts;
use crate::error::Exchange;
use crate::last_answer::DataWithLast;
use crate::trace_context::TraceContext;
use crate::{
    BoxError, Credentials, CredentialsProvider, Delivery, Endpoint, EndpointError, Error, HttpService, Kind,
    LastAnswer, Request, Response, RetryPolicy, Timer,
};

/// The version the Python client of the final release line reports; servers log it with agents.
const CORE_VERSION: &str = "1.4.1";

const CORE_VERSION_HEADER: HeaderName = HeaderName::from_static("x-prefect-core-version");

const USER_AGENT: &str = concat!("prefect-transport/", env!("CARGO_PKG_VERSION"));

/// Most bodies are smaller, in bytes.
const BODY: usize = 1024;

/// Sends GraphQL requests to one endpoint. Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct Transport {
    pub(crate) shared: Arc<Shared>,
    pub(crate) credentials: Arc<dyn CredentialsProvider>,
    deadline: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) service: Arc<dyn HttpService>,
    pub(crate) headers: HeaderMap,
    pub(crate) trace_context: Option<TraceContext>,
    pub(crate) allow_insecure_credentials: bool,
    pub(crate) max_response_bytes: usize,
    timer: Arc<dyn Timer>,
    retry: RetryPolicy,
    pub(crate) attempt_timeout: Duration,
    total_timeout: Duration,
}

/// Makes a [`Transport`]; see the methods for the defaults.
#[derive(Debug)]
pub struct TransportBuilder {
    endpoint: Endpoint,
    service: Option<Arc<dyn HttpService>>,
    timer: Option<Arc<dyn Timer>>,
    credentials: Arc<dyn CredentialsProvider>,
    headers: Vec<(String, SecretString)>,
    trace_context: Option<TraceContext>,
    core_version: Option<String>,
    allow_insecure_credentials: bool,
    max_response_bytes: usize,
    retry: RetryPolicy,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    total_timeout: Duration,
}

/// Why a [`Transport`] cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is not one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// There is no HTTP client: the feature `reqwest` is off and no service was given.
    #[error("no HTTP service: give one to the builder, or turn on the feature `reqwest`")]
    NoService,
    /// There is no clock: the feature `tokio` is off and no timer was given.
    #[error("no timer: give one to the builder, or turn on the feature `tokio`")]
    NoTimer,
    /// A header cannot be sent; its value is not repeated here.
    #[error("the header {name:?} has a name or value that HTTP does not allow")]
    Header {
        /// The header's name.
        name: String,
    },
    /// The features leave the choice of a crypto provider to the program, and it has installed none. The
    /// built-in HTTP client wants one for `http://` as well.
    #[error(
        "no crypto provider for TLS is installed: install one first, as with \
         `rustls::crypto::ring::default_provider().install_default()`, or turn on the feature `rustls`"
    )]
    NoCryptoProvider,
    /// The HTTP client cannot be made; the source says why.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] BoxError),
}

#[cfg(feature = "reqwest")]
impl BuildError {
    pub(crate) fn http(error: impl Into<BoxError>) -> Self {
        Self::Http(error.into())
    }
}

impl Transport {
    /// The limit on all attempts and pauses of a request together, unless another one is given.
    pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(60);

    /// Begins to make a transport to the API at `endpoint`.
    pub fn builder(endpoint: Endpoint) -> TransportBuilder {
        TransportBuilder {
            endpoint,
            service: None,
            timer: None,
            credentials: Arc::new(Credentials::none()),
            headers: Vec::new(),
            trace_context: None,
            core_version: None,
            allow_insecure_credentials: false,
            max_response_bytes: 32 * 1024 * 1024,
            retry: RetryPolicy::default(),
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(15),
            total_timeout: Self::TOTAL_TIMEOUT,
        }
    }

    /// The same transport, over the same connections, with other credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: impl CredentialsProvider + 'static) -> Self {
        Self { credentials: Arc::new(credentials), ..self.clone() }
    }

    /// The same transport for requests that are all to end by `deadline`, whatever their own limits
    /// are: for a call that makes several. Of two deadlines the earlier one counts.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        let deadline = self.deadline.map_or(deadline, |earlier| earlier.min(deadline));
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// When a request that is sent now ends at the latest; `None` when that is beyond what a clock
    /// can tell.
    pub fn deadline(&self) -> Option<Instant> {
        let own = self.shared.timer.now().checked_add(self.shared.total_timeout);
        self.deadline.into_iter().chain(own).min()
    }

    /// Where the requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// The clock that the transport's pauses go by.
    pub fn timer(&self) -> &Arc<dyn Timer> {
        &self.shared.timer
    }

    /// Serialises an operation, such as cynic's `Operation`: an object with `query` and `variables`.
    /// `name` is how errors and traces call it.
    ///
    /// # Errors
    /// [`Kind::Request`] when `operation` cannot be written as JSON.
    pub fn request(
        &self,
        name: impl Into<Cow<'static, str>>,
        operation: &impl Serialize,
    ) -> Result<Request, Error> {
        let name = name.into();
        let mut body = Vec::with_capacity(BODY);
        match serde_json::to_writer(&mut body, operation) {
            Ok(()) => Ok(Request::new(name, body)),
            Err(error) => {
                let exchange = self.exchange(name, false);
                Err(Error::new(Kind::Request, Delivery::NotSent, exchange).with_source(error))
            }
        }
    }

    /// Sends `request`, again where it is safe, and returns the answer with both of its halves.
    ///
    /// Dropping the future stops waiting; a request that was under way may still be executed.
    ///
    /// # Errors
    /// When no attempt gave a GraphQL answer. GraphQL errors are part of the [`Response`];
    /// [`Response::into_result`] makes an [`Error`] of them.
    pub async fn execute<T: DeserializeOwned + Send>(&self, request: &Request) -> Result<Response<T>, Error> {
        let mut data = None;
        let (answer, exchange) = self.send(request, &mut data).await?;
        Ok(Response::new(answer, data, exchange))
    }

    /// As [`execute`](Self::execute), for a request that is sent again and again: an answer that is the `last` one, byte
    /// for byte, is not read anew, and its data are shared.
    ///
    /// # Errors
    /// As [`execute`](Self::execute) has them.
    pub async fn execute_with_last<T: DeserializeOwned + Send + Sync>(
        &self,
        request: &Request,
        last: &LastAnswer<T>,
    ) -> Result<Response<Arc<T>>, Error> {
        let mut data = DataWithLast { last, data: None };
        let (answer, exchange) = self.send(request, &mut data).await?;
        Ok(Response::new(answer, data.data, exchange))
    }

    async fn send(&self, request: &Request, data: &mut dyn Data) -> Result<(Answer, Exchange), Error> {
        let span = tracing::debug_span!(
            "prefect.request",
            operation = %request.operation,
            endpoint = %self.shared.endpoint,
            idempotent = request.idempotent,
        );
        Attempts::new(self, request).run(data).instrument(span).await
    }

    /// When the attempts at `request`, begun at `started`, end at the latest.
    pub(crate) fn deadline_of(&self, request: &Request, started: Instant) -> Option<Instant> {
        let limit = request.total_timeout.unwrap_or(self.shared.total_timeout);
        self.deadline.into_iter().chain(started.checked_add(limit)).min()
    }

    pub(crate) fn retry_policy<'a>(&'a self, request: &'a Request) -> &'a RetryPolicy {
        request.retry.as_deref().unwrap_or(&self.shared.retry)
    }

    /// An error of an attempt at `request`; what went before the attempt is added later.
    #[cold]
    #[inline(never)]
    pub(crate) fn error(&self, request: &Request, kind: Kind, delivery: Delivery) -> Error {
        Error::new(kind, delivery, self.exchange(request.operation.clone(), request.idempotent))
    }

    pub(crate) fn exchange(&self, operation: Cow<'static, str>, idempotent: bool) -> Exchange {
        Exchange {
            operation,
            endpoint: self.shared.endpoint.clone(),
            idempotent,
            attempts: 1,
            elapsed: Duration::ZERO,
            earlier_in_doubt: false,
        }
    }
}

impl TransportBuilder {
    /// The HTTP client. Default with the feature `reqwest`: a client of its own.
    #[must_use]
    pub fn service(mut self, service: impl HttpService + 'static) -> Self {
        self.service = Some(Arc::new(service));
        self
    }

    /// The clock. Default with the feature `tokio`: tokio's.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// The credentials. Default: none.
    #[must_use]
    pub fn credentials(mut self, credentials: impl CredentialsProvider + 'static) -> Self {
        self.credentials = Arc::new(credentials);
        self
    }

    /// Adds a header to every request; its value is kept out of every output. It wins over the
    /// transport's own of the same name, other than those of the content type and the credentials.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends a trace context, such as W3C's `traceparent`, with each attempt: `inject` is called inside of
    /// the attempt's span, and adds the headers that tell it. They win over [`header`](Self::header)s of the
    /// same name, other than those of the content type and the credentials. Default: none is sent.
    ///
    /// With OpenTelemetry, `inject` hands the context of `Span::current()` to a propagator; the example
    /// `trace_context` does.
    #[must_use]
    pub fn trace_context(mut self, inject: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Self {
        self.trace_context = Some(TraceContext(Box::new(inject)));
        self
    }

    /// The version sent as `X-PREFECT-CORE-VERSION`. Default: 1.4.1.
    #[must_use]
    pub fn core_version(mut self, version: impl Into<String>) -> Self {
        self.core_version = Some(version.into());
        self
    }

    /// Lets secrets go over plain HTTP to a host that is not this machine. Default: refused.
    #[must_use]
    pub fn allow_insecure_credentials(mut self, allow: bool) -> Self {
        self.allow_insecure_credentials = allow;
        self
    }

    /// The largest answer that is read, in bytes. Default: 32 MiB.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// When to give up and how long to pause. Default: [`RetryPolicy::default`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The limit on making a connection; of use to the built-in service only. Default: 5 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The limit on one attempt, its answer included. Default: 15 s, as the Python client's.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// The limit on all attempts and pauses of a request together. Default: 60 s, the [`Transport::TOTAL_TIMEOUT`].
    #[must_use]
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// Makes the transport. Nothing is sent.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<Transport, BuildError> {
        let headers = self.all_headers()?;
        let service = match self.service {
            Some(service) => service,
            None => default_service(&self.endpoint, self.connect_timeout)?,
        };
        let timer = self.timer.or_else(default_timer).ok_or(BuildError::NoTimer)?;
        let shared = Shared {
            endpoint: self.endpoint,
            service,
            headers,
            trace_context: self.trace_context,
            allow_insecure_credentials: self.allow_insecure_credentials,
            max_response_bytes: self.max_response_bytes,
            timer,
            retry: self.retry,
            attempt_timeout: self.attempt_timeout,
            total_timeout: self.total_timeout,
        };
        Ok(Transport { shared: Arc::new(shared), credentials: self.credentials, deadline: None })
    }

    fn all_headers(&self) -> Result<HeaderMap, BuildError> {
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, json.clone());
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let core_version = match &self.core_version {
            Some(version) => header_value(CORE_VERSION_HEADER.as_str(), version)?,
            None => HeaderValue::from_static(CORE_VERSION),
        };
        headers.insert(CORE_VERSION_HEADER, core_version);
        for (name, value) in &self.headers {
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| BuildError::Header { name: name.clone() })?;
            let mut value = header_value(name, value.expose_secret())?;
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        headers.insert(header::CONTENT_TYPE, json);
        Ok(headers)
    }
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, BuildError> {
    HeaderValue::from_str(value).map_err(|_| BuildError::Header { name: name.to_owned() })
}

#[cfg(feature = "reqwest")]
fn default_service(
    endpoint: &Endpoint,
    connect_timeout: Duration,
) -> Result<Arc<dyn HttpService>, BuildError> {
    Ok(Arc::new(crate::ReqwestService::for_endpoint(endpoint, connect_timeout)?))
}

#[cfg(not(feature = "reqwest"))]
fn default_service(_: &Endpoint, _: Duration) -> Result<Arc<dyn HttpService>, BuildError> {
    Err(BuildError::NoService)
}

fn default_timer() -> Option<Arc<dyn Timer>> {
    #[cfg(feature = "tokio")]
    return Some(Arc::new(crate::TokioTimer));
    #[cfg(not(feature = "tokio"))]
    None
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.endpoint.fmt(f)
    }
}
