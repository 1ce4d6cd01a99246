//! The service over reqwest.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use http::header::HOST;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Uri};
use reqwest::Url;
use reqwest::redirect::{Action, Attempt, Policy};

use crate::{BuildError, Endpoint, HttpBody, HttpError, HttpService};

/// Below the 5 s after which Prefect's server closes an idle connection: one taken from the pool
/// at that moment would break under the request.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// More redirects than that are a loop.
const MAX_REDIRECTS: usize = 3;

/// Sends requests with a [`reqwest::Client`]. Its futures are reqwest's: they are made, and polled, inside of a tokio runtime.
#[derive(Debug, Clone)]
pub struct ReqwestService {
    client: reqwest::Client,
    /// The address that was sent to first, and what is made of it: that takes as long as much of the rest.
    known: Arc<OnceLock<(Uri, Target)>>,
}

/// An address as a request wants it.
#[derive(Debug, Clone)]
struct Target {
    url: Url,
    /// `None` leaves it to the client, who knows the version of HTTP and its own default headers.
    host: Option<HeaderValue>,
}

impl ReqwestService {
    /// A client made for `endpoint`: its idle connections are dropped before Prefect's server does
    /// it, and redirects are followed only to the same origin and only where the body is kept.
    ///
    /// # Errors
    /// When TLS cannot be set up, as on a machine without any certificate authorities, or without a
    /// [crypto provider](BuildError::NoCryptoProvider). When reqwest does not take the address.
    pub fn for_endpoint(endpoint: &Endpoint, connect_timeout: Duration) -> Result<Self, BuildError> {
        let url: Url = endpoint.uri().to_string().parse().map_err(BuildError::http)?;
        // Without one reqwest would panic. With the feature `rustls` it brings its own.
        #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(BuildError::NoCryptoProvider);
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(Policy::custom(same_origin));
        if endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        if !cfg!(feature = "http2") || !endpoint.is_https() {
            // It sends again what HTTP/2 refuses, and nothing else; for that it would copy each request.
            builder = builder.retry(reqwest::retry::never().max_retries_per_request(0));
        }
        #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
        if !endpoint.is_https() {
            // Nothing to trust, so no time is spent on reading the platform's certificates.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        let client = builder.build().map_err(BuildError::http)?;
        // HTTP/2 has no such header, and is spoken over TLS alone.
        let host = if endpoint.is_https() { None } else { HeaderValue::try_from(url.authority()).ok() };
        Ok(Self { client, known: Arc::new((endpoint.uri().clone(), Target { url, host }).into()) })
    }

    /// A client of the user's own, with its own pool, proxies and TLS.
    ///
    /// Its retries should be off, since the transport has its own, and tells of them. With
    /// `retry(reqwest::retry::never().max_retries_per_request(0))` it does not copy each request either.
    pub fn from_client(client: reqwest::Client) -> Self {
        Self { client, known: Arc::default() }
    }

    fn target(&self, uri: &Uri) -> Result<Target, HttpError> {
        match self.known.get() {
            Some((known, target)) if is_written_as(known, uri) => Ok(target.clone()),
            _ => {
                let url = uri.to_string().parse().map_err(HttpError::not_sent)?;
                let target = Target { url, host: None };
                self.known.get_or_init(|| (uri.clone(), target.clone()));
                Ok(target)
            }
        }
    }
}

/// Quicker than `==`, to which a host's capitals are the same as small letters.
fn is_written_as(one: &Uri, other: &Uri) -> bool {
    let [one, other] = [one, other].map(|uri| {
        (
            uri.scheme_str(),
            uri.authority().map(Authority::as_str),
            uri.path_and_query().map(PathAndQuery::as_str),
        )
    });
    one == other
}

fn same_origin(attempt: Attempt<'_>) -> Action {
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    if keeps_body && same && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

impl HttpService for ReqwestService {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        let (head, body) = request.into_parts();
        let Target { url, host } = match self.target(&head.uri) {
            Ok(target) => target,
            Err(error) => return ready(Err(error)).boxed(),
        };
        let mut request = reqwest::Request::new(head.method, url);
        *request.version_mut() = head.version;
        *request.headers_mut() = head.headers;
        if let Some(host) = host {
            request.headers_mut().entry(HOST).or_insert(host);
        }
        *request.body_mut() = Some(body.into());
        self.client.execute(request).map(answered).boxed()
    }
}

fn answered(
    outcome: Result<reqwest::Response, reqwest::Error>,
) -> Result<http::Response<HttpBody>, HttpError> {
    let answer: http::Response<reqwest::Body> = outcome.map_err(no_answer)?.into();
    Ok(answer.map(HttpBody::of_reqwest))
}

fn no_answer(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let timed_out = error.is_timeout();
    let not_sent = error.is_builder() || error.is_connect();
    let error = if not_sent { HttpError::not_sent(error) } else { HttpError::maybe_sent(error) };
    if timed_out { error.timed_out() } else { error }
}
