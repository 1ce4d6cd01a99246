//! Who the requests are from, and how that is said in headers.

use std::fmt;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

use crate::BoxError;

const TENANT_HEADER: &str = "x-prefect-tenant-id";

/// A bearer secret and the tenant it is used for. `Debug` shows neither.
#[derive(Clone, Default)]
pub struct Credentials {
    bearer: Option<SecretString>,
    tenant_id: Option<String>,
}

impl Credentials {
    /// No credentials, as Prefect Server without authentication wants.
    pub fn none() -> Self {
        Self::default()
    }

    /// A secret sent as `Authorization: Bearer`: an API key, an API token or an access token.
    pub fn bearer(secret: impl Into<SecretString>) -> Self {
        Self { bearer: Some(secret.into()), tenant_id: None }
    }

    /// Names the tenant an API key is used for, sent as `X-PREFECT-TENANT-ID`.
    #[must_use]
    pub fn tenant_id(mut self, tenant_id: impl fmt::Display) -> Self {
        self.tenant_id = Some(tenant_id.to_string());
        self
    }

    /// Whether these are the credentials of this secret.
    pub fn is_bearer(&self, secret: &str) -> bool {
        self.bearer.as_ref().is_some_and(|bearer| bearer.expose_secret() == secret)
    }

    pub(crate) fn has_secret(&self) -> bool {
        self.bearer.is_some()
    }

    /// Adds the headers, marked sensitive so that no HTTP client prints or indexes them.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) -> Result<(), http::header::InvalidHeaderValue> {
        let Some(bearer) = &self.bearer else { return Ok(()) };
        let mut value = HeaderValue::from_str(&format!("Bearer {}", bearer.expose_secret().trim()))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        if let Some(tenant_id) = &self.tenant_id {
            let mut value = HeaderValue::from_str(tenant_id)?;
            value.set_sensitive(true);
            headers.insert(TENANT_HEADER, value);
        }
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = |present: bool| if present { "[redacted]" } else { "none" };
        f.debug_struct("Credentials")
            .field("bearer", &redacted(self.bearer.is_some()))
            .field("tenant_id", &redacted(self.tenant_id.is_some()))
            .finish()
    }
}

/// Gives the credentials of each request: constant ones, or ones that are obtained and renewed.
pub trait CredentialsProvider: fmt::Debug + Send + Sync {
    /// The credentials for the request that is about to be sent.
    ///
    /// Asked before every attempt, so what it returns should be cached. Dropping the future must
    /// leave the provider usable.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>>;

    /// The credentials of all requests, if they never change: then `credentials` is not asked.
    fn constant(&self) -> Option<&Credentials> {
        None
    }

    /// Told that the server refused these credentials, which it did before it executed anything.
    /// `true` is for a provider that will give others: then the request is sent once more, with them.
    fn refused(&self, credentials: &Credentials) -> bool {
        let _ = credentials;
        false
    }
}

impl CredentialsProvider for Credentials {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }

    fn constant(&self) -> Option<&Credentials> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_sent_and_not_shown() {
        let credentials = Credentials::bearer("hunter2\n").tenant_id("tenant-1");
        let mut headers = HeaderMap::new();
        credentials.apply(&mut headers).unwrap();
        assert_eq!(headers["authorization"], "Bearer hunter2");
        assert_eq!(headers["x-prefect-tenant-id"], "tenant-1");
        let shown = format!("{credentials:?} {headers:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("tenant-1"), "{shown}");
    }

    #[test]
    fn a_tenant_without_a_key_is_not_sent() {
        let mut headers = HeaderMap::new();
        Credentials::none().tenant_id("tenant-1").apply(&mut headers).unwrap();
        assert!(headers.is_empty());
    }
}
