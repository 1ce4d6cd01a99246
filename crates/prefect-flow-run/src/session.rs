//! A log-in to a tenant: which one, and what it gives.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use prefect_schema::TenantId;
use secrecy::SecretString;

/// How long before its end a token is renewed, as the Python client of 0.10.7 does.
const RENEW_BEFORE: Duration = Duration::from_secs(30);

/// The tenant to log in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenant {
    /// By its id.
    Id(TenantId),
    /// By its slug.
    Slug(String),
}

/// What a log-in gives.
#[derive(Clone)]
pub(crate) struct Session {
    access_token: SecretString,
    refresh_token: SecretString,
    expires_at: Timestamp,
}

impl Session {
    pub(crate) fn new(access_token: String, refresh_token: String, expires_at: Timestamp) -> Self {
        Self { access_token: access_token.into(), refresh_token: refresh_token.into(), expires_at }
    }

    pub(crate) fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    pub(crate) fn refresh_token(&self) -> &SecretString {
        &self.refresh_token
    }

    /// Takes note that the access token is good no longer.
    pub(crate) fn expire(&mut self) {
        self.expires_at = Timestamp::MIN;
    }

    /// Whether the access token is good for long enough to be used.
    pub(crate) fn is_fresh(&self) -> bool {
        self.expires_at.duration_since(Timestamp::now()) > RENEW_BEFORE.try_into().unwrap_or_default()
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => write!(f, "{slug:?}"),
        }
    }
}
