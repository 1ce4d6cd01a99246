//! The handle on one Prefect API that every domain call goes through.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use futures_util::stream::{FuturesUnordered, Stream};
use jiff::Timestamp;
use prefect_schema::{FlowGroupId, FlowId, FlowRunId, TenantId};
use prefect_transport::{Error, Timer, Transport};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::old_server::OldServer;
use crate::operations::{Operation, agents, flow_run_by_key, flow_run_state};
use crate::poller::Poller;
use crate::task::TaskCache;
use crate::ui::default_endpoint;
use crate::{
    Agent, AgentMatch, CancelError, FindFlow, FindFlowError, Flow, FlowReference, FlowRun, FlowRunRequest,
    IdempotencyKey, Logs, Polling, ScheduleError, ScheduledFlowRun, State, Wait, WaitError, Watch,
};

/// Which of Prefect's two back ends an API is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Prefect Server: no authentication; a flow's project may be left out.
    Server,
    /// Prefect Cloud 1: an API key or token; a flow's project must be named.
    Cloud,
}

/// A text that names no [`Backend`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no back end of Prefect; there are \"server\" and \"cloud\"")]
pub struct ParseBackendError(String);

impl FromStr for Backend {
    type Err = ParseBackendError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "server" => Ok(Self::Server),
            "cloud" => Ok(Self::Cloud),
            other => Err(ParseBackendError(other.to_owned())),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Cloud => "cloud",
        })
    }
}

/// A Prefect API, reached through a [`Transport`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    transport: Transport,
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    backend: Backend,
    tenant_id: Option<TenantId>,
    ui: String,
    task_cache: TaskCache,
    poller: Arc<Poller>,
    /// Set when the server turned out to be an old one.
    old_server: Arc<OnceLock<OldServer>>,
}

impl Api {
    /// The API behind `transport`.
    pub fn new(transport: Transport, backend: Backend) -> Self {
        Self::with_tenant(transport, backend, None)
    }

    /// The API behind `transport`, for one tenant of it.
    ///
    /// Prefect Server does not confine a request to a tenant, so there the look-ups ask for it;
    /// Prefect Cloud does so by the credentials, whatever is given here.
    pub fn with_tenant(
        transport: Transport,
        backend: Backend,
        tenant_id: impl Into<Option<TenantId>>,
    ) -> Self {
        let ui = default_endpoint(transport.endpoint());
        let tenant_id = tenant_id.into();
        let poller = Arc::new(Poller::new(Polling::default()));
        let shared = Shared {
            backend,
            tenant_id,
            ui,
            task_cache: TaskCache::default(),
            poller,
            old_server: Arc::default(),
        };
        Self { transport, shared: Arc::new(shared) }
    }

    /// The same API with another address of the user interface, for links into it: by default
    /// `http://localhost:8080`, and for Prefect Cloud the one that belongs to the API's.
    #[must_use]
    pub fn with_ui(&self, endpoint: impl Into<String>) -> Self {
        self.with(Shared { ui: endpoint.into(), ..Shared::clone(&self.shared) })
    }

    /// The same API, with waits and watches of its own that ask as often as `polling` says.
    #[must_use]
    pub fn with_polling(&self, polling: Polling) -> Self {
        self.with(Shared { poller: Arc::new(Poller::new(polling)), ..Shared::clone(&self.shared) })
    }

    /// The transport.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Which back end this is.
    pub fn backend(&self) -> Backend {
        self.shared.backend
    }

    /// Finds the most recent unarchived version of a flow: the one with the highest number.
    /// Await the builder to send it.
    pub fn find_flow(&self, name: impl Into<String>) -> FindFlow {
        FindFlow::new(self.clone(), name.into())
    }

    /// Finds one version of a flow by its id. No newer version ever takes its place.
    ///
    /// # Errors
    /// When there is none, or it is archived: [`FindFlowError::Unknown`], [`FindFlowError::Archived`].
    pub async fn flow(&self, id: FlowId) -> Result<Flow, FindFlowError> {
        self.flow_by(FlowReference::Version(id)).await
    }

    /// Finds the most recent unarchived version of a flow by the id of its flow group.
    ///
    /// # Errors
    /// When there is none, or all are archived: [`FindFlowError::Unknown`], [`FindFlowError::Archived`].
    pub async fn flow_of_group(&self, id: FlowGroupId) -> Result<Flow, FindFlowError> {
        self.flow_by(FlowReference::Group(id)).await
    }

    /// Finds the most recent unarchived version of a flow by the id of its version group, which is
    /// any text.
    ///
    /// # Errors
    /// When there is none, or all are archived: [`FindFlowError::Unknown`], [`FindFlowError::Archived`].
    pub async fn flow_of_version_group(&self, id: impl Into<String>) -> Result<Flow, FindFlowError> {
        self.flow_by(FlowReference::VersionGroup(id.into())).await
    }

    /// Finds a flow by whichever reference to it is at hand.
    ///
    /// # Errors
    /// As [`flow`](Self::flow) and [`flow_of_group`](Self::flow_of_group) have them.
    pub async fn flow_by(&self, reference: FlowReference) -> Result<Flow, FindFlowError> {
        crate::find_version::find_version(self, &self.for_one_call(), reference).await
    }

    /// The agents.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn agents(&self) -> Result<Vec<Agent>, Error> {
        let answer = self.query("agents", &agents::build(self.tenant_filter())).await?;
        Ok(answer.into_agents())
    }

    /// Which agents would execute a run of these labels, as of now by this machine's clock. See
    /// [`Flow::effective_labels`] for the labels.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn match_agents(&self, labels: &[String]) -> Result<AgentMatch, Error> {
        Ok(AgentMatch::new(labels, self.agents().await?, Timestamp::now()))
    }

    /// Reads a flow run and its present state; `None` when there is no such run.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn flow_run(&self, id: FlowRunId) -> Result<Option<FlowRun>, Error> {
        let answer = self.query("flow_run_state", &flow_run_state::build(id)).await?;
        Ok(answer.into_flow_run())
    }

    /// Waits until a run is finished. Await the builder to begin.
    pub fn wait(&self, id: FlowRunId) -> Wait {
        Wait::new(self.clone(), id)
    }

    /// Waits until each of some runs is finished, and tells of each when it is, in that order.
    ///
    /// However many they are, they are asked for with one query for each 500 of them.
    pub fn wait_many<I: IntoIterator<Item = FlowRunId>>(
        &self,
        ids: I,
    ) -> impl Stream<Item = (FlowRunId, Result<FlowRun, WaitError>)> + Send + use<I> {
        let waits = ids.into_iter().map(|id| {
            let wait = self.wait(id);
            async move { (id, wait.await) }
        });
        waits.collect::<FuturesUnordered<_>>()
    }

    /// Follows a run: its states and its log, up to its end and the last lines after it.
    pub fn watch(&self, id: FlowRunId) -> Watch {
        Watch::new(self.clone(), id)
    }

    /// Reads the log that a run has now, from its oldest line to its newest.
    pub fn logs(&self, id: FlowRunId) -> Logs {
        Logs::new(self.clone(), id)
    }

    /// The run that `key` stands for among the runs of the flow version `flow_id`.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn flow_run_by_key(
        &self,
        flow_id: FlowId,
        key: &IdempotencyKey,
    ) -> Result<Option<FlowRunId>, Error> {
        let answer = self.query("flow_run_by_key", &flow_run_by_key::build(flow_id, key.as_str())).await?;
        Ok(answer.flow_run.first().map(|run| run.id))
    }

    /// Settles a [`ScheduleError::OutcomeUnknown`]: finds the run of `flow_id` and `key`, or makes
    /// it as `request` says. The key in `request` is not used, and parameters are not checked; a
    /// [delay](FlowRunRequest::start_in) counts from this call, so give the start in the error instead.
    ///
    /// # Errors
    /// As scheduling has them.
    pub async fn resume(
        &self,
        flow_id: FlowId,
        key: IdempotencyKey,
        request: FlowRunRequest,
    ) -> Result<ScheduledFlowRun, ScheduleError> {
        crate::schedule::resume(self, flow_id, key, request).await
    }

    /// Cancels a run, and returns the state it is in now: `Cancelling` when it was running and its
    /// agent has yet to stop it, `Cancelled` when it had not begun, and its final state when it was
    /// finished already. [`wait`](Self::wait) for the end of a run that is being cancelled.
    ///
    /// # Errors
    /// When there is no such run, or the server cannot be asked.
    pub async fn cancel(&self, id: FlowRunId) -> Result<State, CancelError> {
        crate::cancel::cancel(self, id).await
    }

    /// The same API for the requests of one call, which all share the total timeout of one.
    pub(crate) fn for_one_call(&self) -> Self {
        let transport = match self.transport.deadline() {
            Some(deadline) => self.transport.with_deadline(deadline),
            None => self.transport.clone(),
        };
        Self { transport, shared: Arc::clone(&self.shared) }
    }

    fn with(&self, shared: Shared) -> Self {
        Self { transport: self.transport.clone(), shared: Arc::new(shared) }
    }

    /// The tenant to ask for in a filter.
    pub(crate) fn tenant_filter(&self) -> Option<TenantId> {
        self.shared.tenant_id.filter(|_| self.shared.backend == Backend::Server)
    }

    /// The tenant that is configured.
    pub(crate) fn tenant_id(&self) -> Option<TenantId> {
        self.shared.tenant_id
    }

    /// The address of the user interface; empty when there is none.
    pub(crate) fn ui(&self) -> &str {
        &self.shared.ui
    }

    pub(crate) fn timer(&self) -> &dyn Timer {
        &**self.transport.timer()
    }

    pub(crate) fn poller(&self) -> &Arc<Poller> {
        &self.shared.poller
    }

    pub(crate) fn task_cache(&self) -> &TaskCache {
        &self.shared.task_cache
    }

    /// What the server lacks, if it turned out to be an old one.
    pub(crate) fn old_server(&self) -> Option<&OldServer> {
        self.shared.old_server.get()
    }

    pub(crate) fn remember(&self, old: OldServer) -> &OldServer {
        self.shared.old_server.get_or_init(|| old)
    }

    /// Sends a query, or a mutation that is safe to repeat, and wants its data.
    pub(crate) fn query<D: DeserializeOwned + Send + 'static, V: Serialize>(
        &self,
        name: &'static str,
        operation: &Operation<D, V>,
    ) -> impl Future<Output = Result<D, Error>> + Send + use<'_, D, V> {
        execute(&self.transport, name, operation, true)
    }
}

/// Without the tenant, which is sent beside an API key.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("backend", &self.backend)
            .field("ui", &self.ui)
            .field("poller", &self.poller)
            .finish_non_exhaustive()
    }
}

/// Sends `operation` through `transport` and wants its data.
///
/// The operation is serialised at once, so the future holds none of what the variables borrow.
pub(crate) fn execute<'a, D: DeserializeOwned + Send + 'static, V: Serialize>(
    transport: &'a Transport,
    name: &'static str,
    operation: &Operation<D, V>,
    idempotent: bool,
) -> impl Future<Output = Result<D, Error>> + Send + use<'a, D, V> {
    let request = transport.request(name, operation).map(|request| request.idempotent(idempotent));
    async move {
        match request {
            // Borrowed where it is: were it moved out, the future would have room for two.
            Ok(ref request) => transport.execute(request).await?.into_result(),
            Err(error) => Err(error),
        }
    }
}
