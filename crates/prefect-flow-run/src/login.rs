//! The log-in of Prefect 0.10 and 0.11: an API token is exchanged for an access token of one
//! tenant, which is renewed before it expires.

use std::fmt;

use futures_util::lock::Mutex;
use prefect_transport::{BoxError, BoxFuture, Credentials, CredentialsProvider, Error, Response, Transport};
use secrecy::{ExposeSecret, SecretString};

use crate::Tenant;
use crate::api::execute;
use crate::operations::find_tenant;
use crate::operations::refresh_token::{self, RefreshToken};
use crate::operations::switch_tenant::{self, SwitchTenant};
use crate::session::Session;

/// Credentials from an API token: logs in when they are first needed, and renews them.
///
/// Give it to [`Transport::with_credentials`]. Calls at the same time share one log-in.
pub struct TokenLogin {
    transport: Transport,
    api_token: SecretString,
    tenant: Tenant,
    session: Mutex<Option<Session>>,
}

/// Why a log-in failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The token has no access to such a tenant, or there is none.
    #[error("the API token gives access to no tenant {tenant}")]
    NoTenant {
        /// The tenant that was asked for.
        tenant: Tenant,
    },
    /// The server answered without tokens.
    #[error("the server logged in to the tenant {tenant} but gave no tokens")]
    NoTokens {
        /// The tenant that was asked for.
        tenant: Tenant,
    },
    /// The server could not be asked, or refused.
    #[error("the log-in with the API token failed")]
    Transport(#[from] Error),
}

impl TokenLogin {
    /// Will log in over `transport`, whose own credentials are not used.
    pub fn new(transport: Transport, api_token: impl Into<SecretString>, tenant: Tenant) -> Self {
        Self { transport, api_token: api_token.into(), tenant, session: Mutex::new(None) }
    }

    /// The access token, obtained or renewed as needed.
    async fn access_token(&self) -> Result<SecretString, LoginError> {
        // Held across the log-in, so that calls at the same time wait for it and share it.
        let mut session = self.session.lock().await;
        let renewed = match session.as_ref() {
            Some(current) if current.is_fresh() => return Ok(current.access_token().clone()),
            Some(expiring) => self.renew(expiring).await,
            None => None,
        };
        let renewed = match renewed {
            Some(renewed) => renewed,
            None => self.log_in().await?,
        };
        let access_token = renewed.access_token().clone();
        *session = Some(renewed);
        Ok(access_token)
    }

    /// Renews a session; `None` when the server does not let it, and a log-in is due.
    async fn renew(&self, session: &Session) -> Option<Session> {
        let operation = refresh_token::build(session.access_token().expose_secret());
        let transport = self.transport.with_credentials(Credentials::bearer(session.refresh_token().clone()));
        let answer = match transport.request("refresh_token", &operation) {
            Ok(request) => {
                let request = request.secret(session.access_token().clone()).secret_answer();
                transport.execute(&request).await
            }
            Err(error) => Err(error),
        };
        match answer.and_then(Response::<RefreshToken>::into_result) {
            Ok(answer) => answer.into_session(),
            Err(error) => {
                tracing::debug!(%error, "the session is not renewed; logging in anew");
                None
            }
        }
    }

    async fn log_in(&self) -> Result<Session, LoginError> {
        let transport = self.transport.with_credentials(Credentials::bearer(self.api_token.clone()));
        let operation = find_tenant::build(&self.tenant);
        let found = execute(&transport, "find_tenant", &operation, true).await?;
        let tenant_id = match found.tenant.first() {
            Some(tenant) => tenant.id,
            None => return Err(LoginError::NoTenant { tenant: self.tenant.clone() }),
        };
        // A second switch only makes a second pair of tokens.
        let request = transport.request("switch_tenant", &switch_tenant::build(tenant_id))?;
        let request = request.idempotent(true).secret_answer();
        let answer = transport.execute::<SwitchTenant>(&request).await?.into_result()?;
        answer.into_session().ok_or_else(|| LoginError::NoTokens { tenant: self.tenant.clone() })
    }
}

impl CredentialsProvider for TokenLogin {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, BoxError>> {
        Box::pin(async move { Ok(Credentials::bearer(self.access_token().await?)) })
    }

    /// A token may expire on its way to the server, or earlier than the server said.
    fn refused(&self, credentials: &Credentials) -> bool {
        // Where it is locked, a renewal is under way.
        if let Some(mut session) = self.session.try_lock()
            && let Some(session) = session.as_mut()
            && credentials.is_bearer(session.access_token().expose_secret())
        {
            session.expire();
        }
        true
    }
}

impl fmt::Debug for TokenLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenLogin")
            .field("endpoint", self.transport.endpoint())
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
