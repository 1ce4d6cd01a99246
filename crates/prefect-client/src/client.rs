//! The client: a configured [`Api`].

use std::ops::Deref;

use prefect_flow_run::{Api, Backend, Polling, Tenant, TenantId, TokenLogin};
use prefect_transport::{BuildError, Credentials, EndpointError, Transport, TransportBuilder};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{self, ConfigError, Configuration, Explicit, Sources};

/// Where Prefect Server listens unless told otherwise.
const SERVER: &str = "http://localhost:4200";
/// Where Prefect Cloud 1 is.
const CLOUD: &str = "https://api.prefect.io";

/// How many attempts there is time for.
const ATTEMPTS: u32 = 4;

/// A client of one Prefect API. Cheap to clone; clones share the connections.
///
/// It is an [`Api`] that knows how to configure itself, and dereferences to it: everything that can
/// be asked of Prefect is a method there.
#[derive(Debug, Clone)]
pub struct Client {
    api: Api,
}

/// Makes a [`Client`].
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    explicit: Explicit,
    polling: Polling,
    customize: Option<Box<dyn FnOnce(TransportBuilder) -> TransportBuilder + Send>>,
}

/// Why a [`Client`] cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The configuration that was found cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The transport cannot be made, or the API's address is not one.
    #[error(transparent)]
    Transport(#[from] BuildError),
    /// The runtime of a [blocking](crate::blocking) client cannot be started.
    #[cfg(feature = "blocking")]
    #[error("the runtime of the blocking client cannot be started")]
    Runtime(#[source] std::io::Error),
}

impl From<EndpointError> for ClientError {
    fn from(error: EndpointError) -> Self {
        Self::Transport(error.into())
    }
}

impl Client {
    /// Begins to make a client of what the program says, and nothing else.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client configured as the Python client would be, from the environment and the files that
    /// [`config`](crate::config) names. Nothing is sent.
    ///
    /// # Errors
    /// When what is found there cannot be used.
    pub fn from_env() -> Result<Self, ClientError> {
        Self::builder().build_discovering(&Sources::process())
    }

    /// The handle that the domain's functions take.
    pub fn api(&self) -> &Api {
        &self.api
    }
}

impl Deref for Client {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl ClientBuilder {
    /// Which back end the API is. Default: Prefect Server.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.explicit.backend = Some(backend);
        self
    }

    /// The API's address. Default: that of the back end.
    pub fn api(mut self, url: impl Into<String>) -> Self {
        self.explicit.api = Some(url.into());
        self
    }

    /// The API key.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.explicit.api_key = unless_empty(key.into());
        self
    }

    /// The API token of Prefect 0.10 and 0.11, in place of a key. With a tenant it is used to log
    /// in to it when the first request is sent.
    pub fn auth_token(mut self, token: impl Into<SecretString>) -> Self {
        self.explicit.auth_token = unless_empty(token.into());
        self
    }

    /// The tenant.
    pub fn tenant_id(mut self, id: TenantId) -> Self {
        self.explicit.tenant_id = Some(id);
        self
    }

    /// The address of the user interface, which links begin with. Default:
    /// `http://localhost:8080`, and for Prefect Cloud the one that belongs to the API's.
    pub fn ui(mut self, url: impl Into<String>) -> Self {
        self.explicit.ui = Some(url.into());
        self
    }

    /// How often runs that are waited on or watched are asked for. Default: [`Polling::default`].
    pub fn polling(mut self, polling: Polling) -> Self {
        self.polling = polling;
        self
    }

    /// Changes the transport: its limits, its retries, its HTTP client. Credentials set here are
    /// replaced by the client's, where it has any.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = prefect_client::Client::builder()
    ///     .transport(|transport| transport.total_timeout(Duration::from_secs(10)))
    ///     .build()?;
    /// # Ok::<_, prefect_client::ClientError>(())
    /// ```
    pub fn transport(
        mut self,
        customize: impl FnOnce(TransportBuilder) -> TransportBuilder + Send + 'static,
    ) -> Self {
        self.customize = Some(Box::new(customize));
        self
    }

    /// Makes the client from what was said, with defaults for the rest. Nothing is sent.
    ///
    /// # Errors
    /// When the address is not one, or the transport cannot be made.
    pub fn build(self) -> Result<Client, ClientError> {
        let backend = self.explicit.backend.unwrap_or(Backend::Server);
        let api = self.explicit.api.unwrap_or_else(|| {
            match backend {
                Backend::Server => SERVER,
                Backend::Cloud => CLOUD,
            }
            .to_owned()
        });
        let access = Access {
            api_key: self.explicit.api_key,
            auth_token: self.explicit.auth_token,
            tenant_id: self.explicit.tenant_id,
        };
        let builder = Transport::builder(api.parse()?);
        let ui = self.explicit.ui.map(config::checked_ui).transpose()?;
        connect(backend, builder, &access, ui, self.polling, self.customize)
    }

    /// Makes the client from what was said, and what `sources` say of the rest. Nothing is sent.
    ///
    /// # Errors
    /// When what is found cannot be used.
    pub fn build_discovering(self, sources: &Sources) -> Result<Client, ClientError> {
        let found = Configuration::discover(sources, self.explicit)?;
        let access =
            Access { api_key: found.api_key, auth_token: found.auth_token, tenant_id: found.tenant_id };
        let builder = Transport::builder(found.api.parse()?);
        let builder = match found.request_timeout {
            Some(timeout) => builder
                .attempt_timeout(timeout)
                .total_timeout(timeout.saturating_mul(ATTEMPTS).max(Transport::TOTAL_TIMEOUT)),
            None => builder,
        };
        connect(found.backend, builder, &access, Some(found.ui), self.polling, self.customize)
    }
}

fn unless_empty(secret: SecretString) -> Option<SecretString> {
    (!secret.expose_secret().is_empty()).then_some(secret)
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder").field("explicit", &self.explicit).finish_non_exhaustive()
    }
}

struct Access {
    api_key: Option<SecretString>,
    auth_token: Option<SecretString>,
    tenant_id: Option<TenantId>,
}

fn connect(
    backend: Backend,
    builder: TransportBuilder,
    access: &Access,
    ui: Option<String>,
    polling: Polling,
    customize: Option<Box<dyn FnOnce(TransportBuilder) -> TransportBuilder + Send>>,
) -> Result<Client, ClientError> {
    let builder = match customize {
        Some(customize) => customize(builder),
        None => builder,
    };
    let transport = access.sign(builder.build()?);
    let api = Api::with_tenant(transport, backend, access.tenant_id).with_polling(polling);
    let api = match ui {
        Some(ui) => api.with_ui(ui),
        None => api,
    };
    Ok(Client { api })
}

impl Access {
    /// The transport with the credentials: the key, else the log-in with the token, else the token
    /// as it is, else what the transport has.
    fn sign(&self, transport: Transport) -> Transport {
        match (&self.api_key, &self.auth_token, self.tenant_id) {
            (Some(key), _, None) => transport.with_credentials(Credentials::bearer(key.clone())),
            (Some(key), _, Some(tenant_id)) => {
                transport.with_credentials(Credentials::bearer(key.clone()).tenant_id(tenant_id))
            }
            (None, Some(token), Some(tenant_id)) => {
                let login = TokenLogin::new(transport.clone(), token.clone(), Tenant::Id(tenant_id));
                transport.with_credentials(login)
            }
            (None, Some(token), None) => transport.with_credentials(Credentials::bearer(token.clone())),
            (None, None, _) => transport,
        }
    }
}
