//! Options of a sandbox, and starting it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use uuid::Uuid;

use super::{Background, Sandbox};
use crate::catalog::Catalog;
use crate::clock::SandboxClock;
use crate::cloud::{Cloud, CloudMode};
use crate::error::FieldError;
use crate::http::{App, Faults, Requests, Server};
use crate::request::documents::{CLOUD_SDL, Documents, SERVER_SDL};
use crate::store::{OpenError, Store};
use crate::{agent, sample};

/// Options of a sandbox; see [`Sandbox::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start` is called"]
pub struct Builder {
    listen: SocketAddr,
    database: Option<PathBuf>,
    read_through: bool,
    sample_flow: bool,
    agent: bool,
    allow_remote: bool,
    clock: SandboxClock,
    cloud: Option<CloudMode>,
    schema: Option<String>,
}

/// The sandbox could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The sandbox knows no authentication, so it stays on this machine unless told otherwise.
    #[error(
        "{address} can be reached from other machines and the sandbox has no authentication: \
         listen on 127.0.0.1, or allow it to be reached"
    )]
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The port could not be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database could not be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The SDL that was given as [`schema`](Builder::schema) is not a valid schema.
    #[error("the schema to serve is not valid:\n{0}")]
    Schema(String),
    /// A fault of the sandbox itself.
    #[error("the sandbox could not be set up: {0}")]
    Internal(String),
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: None,
            read_through: true,
            sample_flow: false,
            agent: false,
            allow_remote: false,
            clock: SandboxClock::system(),
            cloud: None,
            schema: None,
        }
    }
}

impl Builder {
    /// Where to listen; port 0 takes a free one. Default: `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// A file to keep everything in; it is created if it does not exist. Default: memory.
    pub fn database(mut self, file: impl Into<PathBuf>) -> Self {
        self.database = Some(file.into());
        self
    }

    /// Whether all of a file is read when it is opened, so that a damaged one is refused. It takes seconds
    /// for each GiB; without it, damage shows when it is met. Default: yes.
    pub fn read_through(mut self, yes: bool) -> Self {
        self.read_through = yes;
        self
    }

    /// Puts in "My Cloud Flow" of "My Cloud Project" (an archived version 1 and a live version 2 with the
    /// parameters `name`, required, `greeting`, "hello" by default, and `fail`, false by default), unless it
    /// is there already.
    pub fn sample_flow(mut self, yes: bool) -> Self {
        self.sample_flow = yes;
        self
    }

    /// Simulates scheduled runs when their time has come: a built-in agent walks them and their task runs to
    /// Success, or to Failed when the run's parameter `fail` is true. It executes nothing, and the first log
    /// line of each run says so.
    pub fn agent(mut self, yes: bool) -> Self {
        self.agent = yes;
        self
    }

    /// Plays Prefect Cloud instead of Prefect Server.
    pub fn cloud(mut self, mode: CloudMode) -> Self {
        self.cloud = Some(mode);
        self
    }

    /// Serves another schema, given as SDL, as a server of another version would: requests are validated
    /// against it, and introspection tells it. Nothing else changes; a field that the sandbox does not know is
    /// answered with an error. Default: that of Prefect Server 1.x.
    pub fn schema(mut self, sdl: impl Into<String>) -> Self {
        self.schema = Some(sdl.into());
        self
    }

    /// What the server takes for the time. Default: the system's clock.
    pub fn clock(mut self, clock: SandboxClock) -> Self {
        self.clock = clock;
        self
    }

    /// Allows an address that other machines can reach. There is no authentication.
    pub fn allow_remote(mut self, yes: bool) -> Self {
        self.allow_remote = yes;
        self
    }

    /// Opens the database and the port and serves.
    ///
    /// # Errors
    /// When the port or the database cannot be opened, or the address is not a loopback one.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        if !self.listen.ip().is_loopback() && !self.allow_remote {
            return Err(StartError::NotLoopback { address: self.listen });
        }
        let documents = match &self.schema {
            Some(sdl) => Documents::load(sdl).map_err(StartError::Schema)?,
            None if self.cloud.is_some() => Documents::load(CLOUD_SDL).map_err(StartError::Internal)?,
            None => Documents::load(SERVER_SDL).map_err(StartError::Internal)?,
        };
        let catalog = Catalog::load().map_err(|error| StartError::Internal(error.to_string()))?;
        let store = Store::open(self.database, self.read_through, self.clock.clone()).await?;
        let slugs = self.cloud.iter().flat_map(CloudMode::slugs).map(str::to_owned).collect();
        let Scene { tenant, tenants } = set_up(&store, self.sample_flow, slugs).await?;
        let cloud = self.cloud.as_ref().map(|mode| Cloud::new(mode, &tenants, self.clock));

        let listen = |source| StartError::Listen { address: self.listen, source };
        let listener = TcpListener::bind(self.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let requests = Arc::new(Requests::default());
        let faults = Faults::default();
        let app = App::new(documents, catalog, store.clone(), Arc::clone(&requests), faults.clone(), cloud);
        let server = Server::start(listener, app);
        let agent = match self.agent {
            true => Some(Background::spawn(agent::run(store.clone(), register_agent(&store, tenant).await?))),
            false => None,
        };
        if self.cloud.is_some() {
            tracing::warn!(%address, "this is a sandbox: its API keys are as safe as the tests that name them");
        } else {
            tracing::warn!(%address, "this is a sandbox: anyone who reaches it may do anything, it has no authentication");
        }
        Ok(Sandbox { address, tenant, store, requests, faults, server, agent })
    }
}

async fn register_agent(store: &Store, tenant: Uuid) -> Result<String, StartError> {
    agent::register(store, tenant).await.map_err(|error| StartError::Internal(error.message))
}

/// The tenants that a sandbox starts with.
struct Scene {
    /// The default one.
    tenant: Uuid,
    /// Slug → id, of those that were asked for.
    tenants: HashMap<String, String>,
}

/// Makes sure of the tenants; without any the tenant `default`. The first one gets the sample flow.
async fn set_up(store: &Store, sample_flow: bool, slugs: Vec<String>) -> Result<Scene, StartError> {
    let work = store.call(move |db| -> Result<Scene, FieldError> {
        let mut tenants = HashMap::new();
        for slug in &slugs {
            tenants.insert(slug.clone(), sample::tenant(&db.conn, slug)?);
        }
        let first = slugs.first().and_then(|slug| tenants.get(slug));
        let tenant = first.map_or_else(|| sample::tenant(&db.conn, "default"), |id| Ok(id.clone()))?;
        if sample_flow {
            sample::sample_flow(&mut db.conn, &tenant)?;
        }
        let tenant = tenant.parse();
        let tenant = tenant.map_err(|_| FieldError::new("the stored tenant id is no uuid"))?;
        Ok(Scene { tenant, tenants })
    });
    let scene = work.await.map_err(|error| StartError::Internal(error.to_string()))?;
    scene.map_err(|error| StartError::Internal(error.message))
}
