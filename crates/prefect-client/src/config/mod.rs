//! Finds the configuration that Prefect's own client finds, without asking for more.
//!
//! [`Configuration::discover`] looks at, each before the next:
//!
//! 1. what the program gives: [`Explicit`];
//! 2. environment variables: `PREFECT__BACKEND`, `PREFECT__CLOUD__API`, `PREFECT__CLOUD__ENDPOINT`,
//!    `PREFECT__CLOUD__API_KEY`, `PREFECT__CLOUD__TENANT_ID`, `PREFECT__CLOUD__AUTH_TOKEN`,
//!    `PREFECT__CLOUD__REQUEST_TIMEOUT`, `PREFECT__SERVER__ENDPOINT`, `PREFECT__SERVER__HOST`,
//!    `PREFECT__SERVER__PORT`, `PREFECT__SERVER__UI__ENDPOINT`, `PREFECT__HOME_DIR` and whatever
//!    another setting refers to;
//! 3. `~/.prefect/backend.toml` (`prefect backend server`), moved by `PREFECT__BACKEND_CONFIG_PATH`;
//! 4. `~/.prefect/config.toml`, moved by `PREFECT__USER_CONFIG_PATH`;
//! 5. for the credentials, what a login has stored for the API: `auth.toml` in the home folder of
//!    Prefect (`~/.prefect`, moved by `PREFECT__HOME_DIR`), and on Cloud, where there is neither a
//!    key nor a token, the `client/…/settings.toml` of Prefect 0.10 to 0.14;
//! 6. the defaults of Prefect 1.4.1: Prefect Cloud at `https://api.prefect.io`, a server at
//!    `http://localhost:4200`.
//!
//! A setting may refer to the environment (`$NAME`, `${NAME}`, `~`) and to other settings
//! (`${server.host}`). Unknown settings are ignored. As in Prefect, `server.host_port` is the port
//! that a server is published at by those who start one: a client goes to `server.port`, unless a
//! setting refers to the other. Files are read, of 1 MiB at the most, and never written; what is no regular
//! file is not read. An address with a user name or a password in it is refused.

mod auth;
mod credentials;
mod error;
mod files;
mod interpolate;
mod layers;
mod origin;
mod settings;
mod slug;
mod sources;
mod value;

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use prefect_flow_run::{Backend, TenantId};
use prefect_transport::{Endpoint, EndpointError};
use secrecy::SecretString;

use credentials::Credentials;
use settings::Settings;

pub use error::ConfigError;
pub use origin::{Origin, Origins};
pub use sources::Sources;

/// What a client needs to know about the API that it speaks to.
///
/// The debug output shows neither credentials nor the tenant.
#[derive(Clone)]
#[non_exhaustive]
pub struct Configuration {
    /// Which kind of API it is.
    pub backend: Backend,
    /// Its URL.
    pub api: String,
    /// The API key, which Prefect Cloud asks for since Prefect 0.15.
    pub api_key: Option<SecretString>,
    /// The tenant that requests are for.
    pub tenant_id: Option<TenantId>,
    /// The API token, which Prefect Cloud asked for before there were keys.
    pub auth_token: Option<SecretString>,
    /// The URL that links into the user interface begin with, without a slash at the end.
    pub ui: String,
    /// How long a request may take, where that is configured.
    pub request_timeout: Option<Duration>,
    /// Where the values were found.
    pub origins: Origins,
}

/// What the program gives itself, instead of having it discovered.
///
/// The debug output shows neither credentials nor the tenant.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Explicit {
    /// See [`Configuration::backend`].
    pub backend: Option<Backend>,
    /// See [`Configuration::api`].
    pub api: Option<String>,
    /// See [`Configuration::api_key`].
    pub api_key: Option<SecretString>,
    /// See [`Configuration::tenant_id`].
    pub tenant_id: Option<TenantId>,
    /// See [`Configuration::auth_token`].
    pub auth_token: Option<SecretString>,
    /// See [`Configuration::ui`].
    pub ui: Option<String>,
}

impl Configuration {
    /// Discovers the configuration; the [module](self) says where.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read or is not what it must be, or if a value that is needed makes
    /// no sense. A file that does not exist is no error.
    pub fn discover(sources: &Sources, explicit: Explicit) -> Result<Self, ConfigError> {
        let settings = Settings::load(sources, &explicit)?;
        let backend = settings.backend()?;
        let api = settings.api(&explicit)?;
        let ui = settings.ui(&explicit, &api.0)?;
        let credentials = Credentials::discover(&settings, explicit, backend.0, &api.0)?;
        let request_timeout = settings.request_timeout()?;
        let (api_key, api_key_origin) = credentials.api_key.unzip();
        let (tenant_id, tenant_id_origin) = credentials.tenant_id.unzip();
        let (auth_token, auth_token_origin) = credentials.auth_token.unzip();
        let origins = Origins {
            backend: backend.1,
            api: api.1,
            api_key: api_key_origin,
            tenant_id: tenant_id_origin,
            auth_token: auth_token_origin,
        };
        let (backend, api) = (backend.0, api.0);
        Ok(Self { backend, api, api_key, tenant_id, auth_token, ui, request_timeout, origins })
    }
}

/// The address of a user interface that the program gives.
pub(crate) fn checked_ui(url: String) -> Result<String, ConfigError> {
    settings::without_userinfo(settings::UI, (url, Origin::Argument)).map(|(url, _)| url)
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("backend", &self.backend)
            .field("api", &shown(&self.api))
            .field("api_key", &self.api_key)
            .field("tenant_id", &self.tenant_id.map(|_| REDACTED))
            .field("auth_token", &self.auth_token)
            .field("ui", &shown(&self.ui))
            .field("request_timeout", &self.request_timeout)
            .field("origins", &self.origins)
            .finish()
    }
}

impl fmt::Debug for Explicit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explicit")
            .field("backend", &self.backend)
            .field("api", &self.api.as_deref().map(shown))
            .field("api_key", &self.api_key)
            .field("tenant_id", &self.tenant_id.map(|_| REDACTED))
            .field("auth_token", &self.auth_token)
            .field("ui", &self.ui.as_deref().map(shown))
            .finish()
    }
}

const REDACTED: &str = "[redacted]";

/// A URL without its query, which may hold a secret; nothing of one that carries a user name or a password.
fn shown(url: &str) -> String {
    match url.parse::<Endpoint>() {
        Ok(endpoint) => endpoint.to_string(),
        Err(EndpointError::NotAUrl { text }) => text,
        Err(_) => REDACTED.to_owned(),
    }
}
