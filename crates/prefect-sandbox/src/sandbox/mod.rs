//! The handle of a running sandbox: where it is, what it was asked, how it ends.

mod builder;
mod fixtures;
mod history;
mod spec;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;
use uuid::Uuid;

pub use self::builder::{Builder, StartError};
pub use self::fixtures::{SandboxError, StoredFlowRun};
pub use self::history::{StoredLog, StoredState, StoredTaskRun};
pub use self::spec::{FlowSpec, ParameterSpec, RegisteredFlow};
use crate::clock::SandboxClock;
use crate::http::{Faults, RecordedRequest, Requests, Server};
use crate::store::Store;

/// A running server. Dropping it closes the port, the connections and the database.
///
/// Needs the tokio runtime that it was started in; each sandbox has its own database and port.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    tenant: Uuid,
    store: Store,
    requests: Arc<Requests>,
    faults: Faults,
    server: Server,
    agent: Option<Background>,
}

impl Sandbox {
    /// Starts a sandbox in memory on a free port of 127.0.0.1, empty but for a tenant `default`.
    ///
    /// # Errors
    /// When the port or the database cannot be opened.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// For everything that [`Sandbox::start`] leaves at its default.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The tenant that every sandbox has.
    pub fn default_tenant(&self) -> Uuid {
        self.tenant
    }

    /// The last requests (1,000 at most), the oldest first. Each stands here before it is executed.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.list()
    }

    /// What the server takes for the time.
    pub fn clock(&self) -> &SandboxClock {
        self.store.clock()
    }

    /// What is to go wrong; nothing unless a test says so.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Stops serving and returns when the database is closed. Requests under way are cut off; what was
    /// acknowledged is stored.
    pub async fn shutdown(self) {
        let Self { store, server, agent, .. } = self;
        if let Some(agent) = agent {
            agent.stop().await;
        }
        server.stop().await;
        store.close().await;
    }
}

/// A task that ends with its owner.
#[derive(Debug)]
pub(crate) struct Background(JoinHandle<()>);

impl Background {
    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }

    pub(crate) async fn stop(mut self) {
        self.0.abort();
        let _ = (&mut self.0).await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
