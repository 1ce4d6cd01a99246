//! Scheduling a run, exactly once.
//!
//! The server makes one run for each pair of flow version and key, so both are frozen before the
//! first attempt. What is left to decide, when an attempt fails, is in [`Scheduling::run`]. A key that the caller
//! gave may have been used before, with an earlier version; the runs of that one are asked for it first.
//!
//! A server that is too old for keys is asked for a run once, and no more when the outcome is not known.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use prefect_schema::{FlowId, FlowRunId};
use prefect_transport::{Error, Kind, Request, Response};

use crate::old_server::{Answer, OldServer};
use crate::operations::create_flow_run::{self, CreateFlowRun, CreateFlowRunVariables};
use crate::operations::{Operation, flow_run_by_key};
use crate::rarely::rarely;
use crate::{
    Api, FindFlowError, Flow, FlowRunRequest, IdempotencyKey, ParameterMismatch, ServerTooOld, StartTime,
    UiError, Wait, Watch,
};

/// How many versions are tried, when each is archived the moment it was found.
const VERSIONS: usize = 4;

/// Of the time that is left, the part that is kept for asking whether a run was made: a quarter.
const KEPT_FOR_THE_KEY: u32 = 4;

/// A run that was scheduled.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScheduledFlowRun {
    /// The run's id.
    pub id: FlowRunId,
    /// The flow version it is a run of.
    pub flow_id: FlowId,
    /// The key it was scheduled with. A server that is too old for keys was not told it.
    pub idempotency_key: IdempotencyKey,
    /// The flow version as it was found; `None` for a run that was resumed by its flow's id, and for one
    /// that another call with the key made of another version.
    pub flow: Option<Flow>,
    api: Api,
}

/// Why no run's id can be given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The parameters do not fit. Nothing was sent.
    #[error(transparent)]
    Parameters(#[from] ParameterMismatch),
    /// The server is too old for an option of the request. Nothing was scheduled.
    #[error("nothing was scheduled")]
    ServerTooOld(#[source] ServerTooOld),
    /// The server refused, or was not reached. Nothing was scheduled.
    #[error("nothing was scheduled")]
    NotScheduled(#[source] Error),
    /// The flow version is archived, and it was asked for by its id. Nothing was scheduled.
    #[error("nothing was scheduled: the flow version {flow_id} is archived")]
    Archived {
        /// The version.
        flow_id: FlowId,
    },
    /// The version was archived meanwhile, and there is no newer one. Nothing was scheduled.
    #[error("nothing was scheduled: the flow was archived, and a newer version was not found")]
    NoNewerVersion(#[source] FindFlowError),
    /// The run may or may not exist. [`Api::resume`] with these two settles it, if it can be settled.
    #[error("the run may or may not have been scheduled; {}", what_to_do(*flow_id, key, *resumable))]
    OutcomeUnknown {
        /// The flow version.
        flow_id: FlowId,
        /// The key.
        key: IdempotencyKey,
        /// When the run is to start, if the request said so. A delay counts anew when it is resumed
        /// with; [`start_at`](FlowRunRequest::start_at) this keeps the first attempt's time.
        start: Option<StartTime>,
        /// Whether resuming can settle it: not on a server that is too old for idempotency keys.
        resumable: bool,
        /// What hides the outcome; `None` when the server's answer had no id in it.
        source: Option<Error>,
    },
}

impl ScheduledFlowRun {
    /// Waits until the run is finished. Await the builder to begin.
    pub fn wait(&self) -> Wait {
        self.api.wait(self.id)
    }

    /// Follows the run: its states and its log.
    pub fn watch(&self) -> Watch {
        self.api.watch(self.id)
    }

    /// The run's page in the user interface.
    ///
    /// # Errors
    /// See [`UiError`].
    pub async fn url(&self) -> Result<String, UiError> {
        self.api.flow_run_url(self.id).await
    }
}

pub(crate) async fn schedule(
    flow: &Flow,
    request: FlowRunRequest,
) -> Result<ScheduledFlowRun, ScheduleError> {
    let mut scheduling = Scheduling::new(flow.clone(), request)?;
    let run = scheduling.run(&flow.api.for_one_call()).await?;
    Ok(scheduling.scheduled(run, flow.api.clone()))
}

pub(crate) async fn resume(
    api: &Api,
    flow_id: FlowId,
    key: IdempotencyKey,
    request: FlowRunRequest,
) -> Result<ScheduledFlowRun, ScheduleError> {
    let mut scheduling =
        Scheduling { flow_id, flow: None, key, request: request.unchecked(), in_doubt: true };
    let call = api.for_one_call();
    let run = match scheduling.run_of_the_key(&call).await {
        Ok(Some(run)) => run,
        Ok(None) => scheduling.run(&call).await?,
        Err(error) => return Err(scheduling.outcome_unknown(api, Some(error))),
    };
    Ok(scheduling.scheduled(run, api.clone()))
}

/// A run that there is, and the flow version that it is one of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) id: FlowRunId,
    flow_id: FlowId,
}

/// The scheduling of one run. It may be run again after a failure, or after being dropped halfway:
/// the flow version and the key stay, and with them the one run.
#[derive(Debug)]
pub(crate) struct Scheduling {
    flow_id: FlowId,
    /// The version as it was found; with it a newer one can be looked up.
    flow: Option<Flow>,
    key: IdempotencyKey,
    request: FlowRunRequest,
    /// A run of `flow_id` and `key` may exist.
    in_doubt: bool,
}

impl Scheduling {
    pub(crate) fn new(flow: Flow, request: FlowRunRequest) -> Result<Self, ScheduleError> {
        request.check(&flow)?;
        if let Some(old) = flow.api.old_server() {
            request.check_options(old).map_err(ScheduleError::ServerTooOld)?;
        }
        Ok(Self { flow_id: flow.id(), flow: Some(flow), key: request.key(), request, in_doubt: false })
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    pub(crate) fn outcome_unknown(&self, api: &Api, source: Option<Error>) -> ScheduleError {
        ScheduleError::OutcomeUnknown {
            flow_id: self.flow_id,
            key: self.key.clone(),
            start: self.request.start().cloned(),
            resumable: knows_keys(api),
            source,
        }
    }

    /// Makes the run with the requests of one `call`. What is rarely wanted is boxed, so that the future is small.
    pub(crate) async fn run(&mut self, call: &Api) -> Result<Run, ScheduleError> {
        if self.in_doubt && !knows_keys(call) {
            return Err(self.outcome_unknown(call, None));
        }
        if self.may_have_run_of_an_earlier_version()
            && let Some(run) =
                rarely(|| self.run_of_the_key(call)).await.map_err(ScheduleError::NotScheduled)?
        {
            return Ok(run);
        }
        match self.create(call).await {
            Ok(Some(run)) => Ok(run),
            outcome => rarely(|| self.go_on(call, outcome.err())).await,
        }
    }

    /// Goes on when the first attempt gave no run, `error` being the reason if there is one.
    async fn go_on(&mut self, call: &Api, mut error: Option<Error>) -> Result<Run, ScheduleError> {
        for _ in 1..VERSIONS {
            let Some(refusal) = error.take_if(|error| says_archived(error, self.flow_id)) else { break };
            if let Some(run) = self.go_on_to_newer_version(call, refusal).await? {
                return Ok(run);
            }
            error = match self.create(call).await {
                Ok(Some(run)) => return Ok(run),
                outcome => outcome.err(),
            };
        }
        self.settle(call, error).await
    }

    /// The server knows a key within one version only.
    fn may_have_run_of_an_earlier_version(&self) -> bool {
        let may_have = |flow: &Flow| flow.version() != Some(1) && !flow.was_found_by_id();
        !self.in_doubt && self.request.key_may_have_been_used() && self.flow.as_ref().is_some_and(may_have)
    }

    /// Asks the server to make the run. `Ok(None)` is an answer without an id.
    async fn create(&mut self, call: &Api) -> Result<Option<Run>, Error> {
        // In doubt from before the first byte is sent, should this future be dropped.
        let earlier = std::mem::replace(&mut self.in_doubt, true);
        self.request.freeze(Timestamp::now);
        let key = knows_keys(call).then_some(&self.key);
        let operation = create_flow_run::build(self.request.input(self.flow_id, key));
        let outcome = match mutation(call, &operation, key.is_some()) {
            Ok(request) => call.transport().execute::<CreateFlowRun>(&request).await.and_then(created),
            Err(error) => Err(error),
        };
        self.in_doubt = match &outcome {
            Ok(id) => id.is_none(),
            Err(error) => earlier || error.may_have_executed(),
        };
        Ok(outcome?.map(|id| Run { id, flow_id: self.flow_id }))
    }

    /// Goes on to the version that took the place of this one, which is archived, as `refusal` says. The
    /// run is one that there is of the key.
    async fn go_on_to_newer_version(
        &mut self,
        call: &Api,
        refusal: Error,
    ) -> Result<Option<Run>, ScheduleError> {
        let newer = self.newer_version(call).await;
        // That refusal comes before the server looks at the key, so it may hide a run: an earlier attempt's,
        // or another call's, also of a version that came and went. Asked for after the lookup, since then
        // no more runs of these can be made.
        match self.run_of_the_key(call).await {
            Ok(Some(run)) => return Ok(Some(run)),
            Ok(None) if self.in_doubt && !knows_keys(call) => {
                return Err(self.outcome_unknown(call, Some(refusal)));
            }
            Ok(None) => self.in_doubt = false,
            Err(_) if self.in_doubt => return Err(self.outcome_unknown(call, Some(refusal))),
            Err(error) => return Err(ScheduleError::NotScheduled(error)),
        }
        let newer = newer?;
        self.request.check(&newer)?;
        (self.flow_id, self.flow) = (newer.id(), Some(newer));
        Ok(None)
    }

    async fn newer_version(&self, call: &Api) -> Result<Flow, ScheduleError> {
        let Some(archived) = self.flow.as_ref().filter(|flow| !flow.was_found_by_id()) else {
            return Err(ScheduleError::Archived { flow_id: self.flow_id });
        };
        tracing::debug!(flow_id = %self.flow_id, "archived; looking for a newer version");
        archived.look_up_again(call).await.map_err(ScheduleError::NoNewerVersion)
    }

    /// Tells what became of the run when there is no id, and `error` is the reason if there is one.
    async fn settle(&self, call: &Api, error: Option<Error>) -> Result<Run, ScheduleError> {
        match error {
            Some(error) if !self.in_doubt => Err(ScheduleError::NotScheduled(error)),
            error => match self.run_of_the_key(call).await {
                Ok(Some(run)) => Ok(run),
                // The request may still be on its way.
                Ok(None) | Err(_) => Err(self.outcome_unknown(call, error)),
            },
        }
    }

    /// The run that there is of the key: of this version alone if it was asked for by its id, else of any.
    /// None on a server that knows no keys.
    async fn run_of_the_key(&self, call: &Api) -> Result<Option<Run>, Error> {
        let this_alone = self.flow.as_ref().is_none_or(Flow::was_found_by_id);
        let build = if this_alone { flow_run_by_key::build } else { flow_run_by_key::build_for_flow };
        let operation = build(self.flow_id, self.key.as_str());
        match call.query_unless_old("flow_run_by_key", &operation, |old| !old.knows_keys()).await? {
            Answer::Data(found) => {
                Ok(found.flow_run.first().map(|run| Run { id: run.id, flow_id: run.flow_id }))
            }
            Answer::TooOld(_) => Ok(None),
        }
    }

    /// What is told of the `run` that came of it.
    fn scheduled(self, run: Run, api: Api) -> ScheduledFlowRun {
        ScheduledFlowRun {
            id: run.id,
            flow_id: run.flow_id,
            idempotency_key: self.key,
            flow: self.flow.filter(|flow| flow.id() == run.flow_id),
            api,
        }
    }
}

/// The request that asks for the run.
fn mutation(
    call: &Api,
    operation: &Operation<CreateFlowRun, CreateFlowRunVariables<'_>>,
    has_key: bool,
) -> Result<Request, Error> {
    let request = call.transport().request("create_flow_run", operation)?;
    Ok(request.idempotent(has_key).total_timeout(time_to_create(call)))
}

/// The run that an answer tells of. An id counts, whatever errors the server tells beside it.
fn created(answer: Response<CreateFlowRun>) -> Result<Option<FlowRunId>, Error> {
    match answer.data.as_ref().and_then(CreateFlowRun::id) {
        Some(id) => Ok(Some(id)),
        None => answer.into_result().map(|_| None),
    }
}

fn what_to_do(flow_id: FlowId, key: &IdempotencyKey, resumable: bool) -> String {
    if resumable {
        format!("ask again with the flow id {flow_id} and the idempotency key {key}")
    } else {
        format!(
            "the server is too old to tell, as it knows no idempotency keys: look at the runs of the flow {flow_id} \
             before it is scheduled again"
        )
    }
}

/// Whether the server takes keys, as far as is known.
fn knows_keys(api: &Api) -> bool {
    api.old_server().is_none_or(OldServer::knows_keys)
}

fn time_to_create(call: &Api) -> Duration {
    let left = |deadline: Instant| deadline.saturating_duration_since(call.timer().now());
    let left = call.transport().deadline().map_or(Duration::MAX, left);
    left - left / KEPT_FOR_THE_KEY
}

/// Whether the server refused because the version is archived, in its own words of 1.x.
fn says_archived(error: &Error, flow_id: FlowId) -> bool {
    let text = format!("Flow {flow_id} is archived");
    error.kind() == Kind::GraphQl && error.graphql_errors().iter().any(|error| error.message.contains(&text))
}
