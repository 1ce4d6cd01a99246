//! The client. Its methods on flows, runs and the rest are in files of their own.

use super::runtime::Runtime;
use super::{ClientBuilder, InsideRuntime};
use crate::transport::Transport;
use crate::{Api, Backend, ClientError, Polling};

/// A client of one Prefect API, for programs without async. Cheap to clone; clones share the
/// connections and the runtime.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) api: Api,
    pub(super) runtime: Runtime,
}

impl Client {
    /// A blocking client of an API that was made in another way, as over a transport of your own. One
    /// that is in use on another runtime has its open connections there, and loses them when that ends.
    pub fn new(api: Api) -> Result<Self, ClientError> {
        Ok(Self { api, runtime: Runtime::start().map_err(ClientError::Runtime)? })
    }

    /// Begins to make a client of what the program says, and nothing else.
    pub fn builder() -> ClientBuilder {
        ClientBuilder(crate::Client::builder())
    }

    /// A client configured from the environment; see [`Client::from_env`](crate::Client::from_env).
    pub fn from_env() -> Result<Self, ClientError> {
        Self::new(crate::Client::from_env()?.api().clone())
    }

    /// The API, whose methods are async. Give their futures to [`block_on`](Self::block_on).
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Runs a future to its end, on the client's runtime. This is for what has no method here, such
    /// as operations of your own.
    ///
    /// ```no_run
    /// # let client = prefect_client::blocking::Client::from_env()?;
    /// // Both at the same time; neither waits for the other.
    /// let (agents, projects) =
    ///     client.block_on(async { tokio::join!(client.api().agents(), client.api().projects()) })?;
    /// println!("{} agents, {} projects", agents?.len(), projects?.len());
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn block_on<F: IntoFuture>(&self, future: F) -> Result<F::Output, InsideRuntime> {
        self.runtime.block_on(future)
    }

    /// The same client with another address of the user interface; see [`Api::with_ui`].
    #[must_use]
    pub fn with_ui(&self, endpoint: impl Into<String>) -> Self {
        Self { api: self.api.with_ui(endpoint), runtime: self.runtime.clone() }
    }

    /// The same client, whose waits and watches ask as often as `polling` says; see
    /// [`Api::with_polling`].
    #[must_use]
    pub fn with_polling(&self, polling: Polling) -> Self {
        Self { api: self.api.with_polling(polling), runtime: self.runtime.clone() }
    }

    /// The transport.
    pub fn transport(&self) -> &Transport {
        self.api.transport()
    }

    /// Which back end this is.
    pub fn backend(&self) -> Backend {
        self.api.backend()
    }
}
