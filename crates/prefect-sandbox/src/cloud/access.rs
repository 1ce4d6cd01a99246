//! A request's headers to the one who asks.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

use super::UNAUTHENTICATED;
use super::state::{Cloud, Grant, User};
use crate::error::FieldError;

const TENANT_HEADER: &str = "x-prefect-tenant-id";
const FORBIDDEN: &str = "AuthenticationError: Forbidden";
const MALFORMED: &str = "Malformed Authorization header";

/// Who asks.
#[derive(Debug)]
pub(crate) enum Access {
    /// Prefect Server: anyone, for everything.
    Open,
    /// Prefect Cloud, with credentials that are good.
    Caller(Caller),
    /// Prefect Cloud; why nothing is answered.
    Refused(&'static str),
}

#[derive(Debug)]
pub(crate) struct Caller {
    pub(super) cloud: Arc<Cloud>,
    pub(super) user: User,
    /// The id of the tenant that everything is about.
    pub(super) tenant: String,
    pub(super) credentials: Credentials,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    ApiKey,
    AccessToken,
    RefreshToken,
}

impl Access {
    /// Reads the credentials and the tenant that is asked for.
    pub(crate) fn of(cloud: Option<&Arc<Cloud>>, headers: &HeaderMap) -> Self {
        let Some(cloud) = cloud else { return Self::Open };
        let Some(authorization) = headers.get(header::AUTHORIZATION) else { return Self::Refused(FORBIDDEN) };
        let secret = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let Some(secret) = secret.map(str::trim).filter(|secret| !secret.is_empty()) else {
            return Self::Refused(MALFORMED);
        };
        let asked = headers.get(TENANT_HEADER).and_then(|value| value.to_str().ok());
        Caller::find(cloud, secret, asked).map_or(Self::Refused(FORBIDDEN), Self::Caller)
    }

    /// Fails unless the field may be asked for with these credentials.
    pub(crate) fn check(&self, field: &str) -> Result<(), FieldError> {
        match self {
            Self::Open => Ok(()),
            Self::Caller(caller) if caller.may_ask(field) => Ok(()),
            Self::Caller(_) => Err(unauthenticated(FORBIDDEN)),
            Self::Refused(reason) => Err(unauthenticated(reason)),
        }
    }

    pub(crate) fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Caller(caller) => Some(caller),
            _ => None,
        }
    }
}

impl Caller {
    /// `asked` counts for API keys only: a token is for one tenant.
    fn find(cloud: &Arc<Cloud>, secret: &str, asked: Option<&str>) -> Option<Self> {
        let caller = |Grant { user, tenant }, credentials| {
            Some(Self { cloud: Arc::clone(cloud), user, tenant, credentials })
        };
        if let Some(grant) = cloud.access_token(secret) {
            return caller(grant, Credentials::AccessToken);
        }
        if let Some(grant) = cloud.refresh_token(secret) {
            return caller(grant, Credentials::RefreshToken);
        }
        let user = cloud.key(secret)?;
        let tenant = match asked {
            Some(asked) => user.tenants.iter().find(|tenant| tenant.eq_ignore_ascii_case(asked))?,
            None => user.tenants.first()?,
        };
        let tenant = tenant.clone();
        caller(Grant { user, tenant }, Credentials::ApiKey)
    }

    fn may_ask(&self, field: &str) -> bool {
        (self.credentials == Credentials::RefreshToken) == (field == "refresh_token")
    }

    /// The tenant whose rows are shown.
    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// All tenants that the caller may turn to.
    pub(crate) fn tenants(&self) -> &[String] {
        &self.user.tenants
    }
}

pub(super) fn unauthenticated(message: &str) -> FieldError {
    FieldError { message: message.to_owned(), code: UNAUTHENTICATED }
}

pub(super) fn forbidden() -> FieldError {
    unauthenticated(FORBIDDEN)
}
