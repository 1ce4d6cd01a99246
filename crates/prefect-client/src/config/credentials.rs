//! The credentials for an API: those given, those configured, those that a login has stored.

use prefect_flow_run::{Backend, TenantId};
use secrecy::SecretString;

use super::Explicit;
use super::auth::{self, Stored};
use super::error::ConfigError;
use super::origin::Origin;
use super::settings::{Found, Settings};

/// The credentials that were found, each with its origin.
pub(super) struct Credentials {
    /// The API key.
    pub(super) api_key: Option<Found<SecretString>>,
    /// The tenant.
    pub(super) tenant_id: Option<Found<TenantId>>,
    /// The older API token.
    pub(super) auth_token: Option<Found<SecretString>>,
}

impl Credentials {
    /// Looks in the settings, then in the files of the home folder.
    pub(super) fn discover(
        settings: &Settings<'_>,
        explicit: Explicit,
        backend: Backend,
        api: &str,
    ) -> Result<Self, ConfigError> {
        // A token that the program gives is meant, whatever key is configured or stored.
        let token_is_given = explicit.api_key.is_none() && explicit.auth_token.is_some();
        let api_key = match token_is_given {
            true => None,
            false => secret(settings, explicit.api_key, "cloud.api_key")?,
        };
        let auth_token = secret(settings, explicit.auth_token, "cloud.auth_token")?;
        let tenant_id = match explicit.tenant_id {
            Some(id) => Some((id, Origin::Argument)),
            None => settings.text("cloud.tenant_id")?.map(tenant).transpose()?,
        };
        let mut found = Self { api_key, tenant_id, auth_token };
        if !token_is_given && (found.api_key.is_none() || found.tenant_id.is_none()) {
            found.add_stored(settings, backend, api)?;
        }
        Ok(found)
    }

    /// Fills the gaps with what a login has stored for the API.
    fn add_stored(
        &mut self,
        settings: &Settings<'_>,
        backend: Backend,
        api: &str,
    ) -> Result<(), ConfigError> {
        let home = settings.home_folder()?;
        if let Some(stored) = auth::login(&home, api)? {
            self.add_tenant(&stored)?;
            fill(&mut self.api_key, stored);
        }
        let seed = backend == Backend::Cloud && self.api_key.is_none() && self.auth_token.is_none();
        if seed && let Some(stored) = auth::seed_login(&home, &settings.graphql_urls(api)?)? {
            self.add_tenant(&stored)?;
            fill(&mut self.auth_token, stored);
        }
        Ok(())
    }

    fn add_tenant(&mut self, stored: &Stored) -> Result<(), ConfigError> {
        if self.tenant_id.is_none() {
            self.tenant_id = stored.tenant.clone().map(|id| tenant((id, stored.origin()))).transpose()?;
        }
        Ok(())
    }
}

fn fill(secret: &mut Option<Found<SecretString>>, stored: Stored) {
    if secret.is_none() {
        let origin = stored.origin();
        *secret = stored.secret.map(|secret| (secret, origin));
    }
}

fn secret(
    settings: &Settings<'_>,
    given: Option<SecretString>,
    key: &str,
) -> Result<Option<Found<SecretString>>, ConfigError> {
    match given {
        Some(secret) => Ok(Some((secret, Origin::Argument))),
        None => Ok(settings.text(key)?.map(|(text, origin)| (SecretString::from(text), origin))),
    }
}

fn tenant((text, origin): Found<String>) -> Result<Found<TenantId>, ConfigError> {
    match text.parse() {
        Ok(id) => Ok((id, origin)),
        Err(_) => Err(ConfigError::InvalidTenantId { origin }),
    }
}
