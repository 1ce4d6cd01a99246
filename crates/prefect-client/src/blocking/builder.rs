//! The builder of a blocking client: that of the async one, apart from what it builds.

use secrecy::SecretString;

use super::Client;
use crate::config::Sources;
use crate::transport::TransportBuilder;
use crate::{Backend, ClientError, Polling, TenantId};

/// Makes a [`Client`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder(pub(super) crate::ClientBuilder);

impl ClientBuilder {
    /// Which back end the API is. Default: Prefect Server.
    pub fn backend(self, backend: Backend) -> Self {
        Self(self.0.backend(backend))
    }

    /// The API's address. Default: that of the back end.
    pub fn api(self, url: impl Into<String>) -> Self {
        Self(self.0.api(url))
    }

    /// The API key.
    pub fn api_key(self, key: impl Into<SecretString>) -> Self {
        Self(self.0.api_key(key))
    }

    /// The API token in place of a key; see [`ClientBuilder::auth_token`](crate::ClientBuilder::auth_token).
    pub fn auth_token(self, token: impl Into<SecretString>) -> Self {
        Self(self.0.auth_token(token))
    }

    /// The tenant.
    pub fn tenant_id(self, id: TenantId) -> Self {
        Self(self.0.tenant_id(id))
    }

    /// The address of the user interface; see [`ClientBuilder::ui`](crate::ClientBuilder::ui).
    pub fn ui(self, url: impl Into<String>) -> Self {
        Self(self.0.ui(url))
    }

    /// How often runs that are waited on or watched are asked for. Default: [`Polling::default`].
    pub fn polling(self, polling: Polling) -> Self {
        Self(self.0.polling(polling))
    }

    /// Changes the transport; see [`ClientBuilder::transport`](crate::ClientBuilder::transport).
    pub fn transport(
        self,
        customize: impl FnOnce(TransportBuilder) -> TransportBuilder + Send + 'static,
    ) -> Self {
        Self(self.0.transport(customize))
    }

    /// Makes the client; see [`ClientBuilder::build`](crate::ClientBuilder::build).
    pub fn build(self) -> Result<Client, ClientError> {
        Client::new(self.0.build()?.api().clone())
    }

    /// Makes the client of what was said and what `sources` say; see
    /// [`ClientBuilder::build_discovering`](crate::ClientBuilder::build_discovering).
    pub fn build_discovering(self, sources: &Sources) -> Result<Client, ClientError> {
        Client::new(self.0.build_discovering(sources)?.api().clone())
    }
}
