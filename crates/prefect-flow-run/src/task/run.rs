//! A run of the task: its tries, its states, its cache.

use std::time::Duration;

use prefect_schema::FlowRunId;
use prefect_transport::timeout;
use tracing::Instrument;

use super::{FlowRunTask, InvalidTask, Overrides, TaskState};
use crate::schedule::Scheduling;
use crate::{Api, Backend, FindFlowError, FlowRunRequest, ScheduleError};

/// Why a run of the task gave no flow run's id.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlowRunTaskError {
    /// The task's options contradict each other. Nothing was sent.
    #[error(transparent)]
    InvalidTask(#[from] InvalidTask),
    /// The flow was not found. Nothing was scheduled.
    #[error(transparent)]
    Find(#[from] FindFlowError),
    /// The run was not scheduled, or it is not known whether it was.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A try took longer than the task's timeout. Nothing was scheduled.
    #[error("the task did not end in {after:?}; nothing was scheduled")]
    TimedOut {
        /// The task's timeout.
        after: Duration,
    },
    /// A state handler made the task fail, for the reason it gives.
    #[error("{0}")]
    StateHandler(String),
}

impl FlowRunTask {
    /// Schedules a run and returns its id.
    ///
    /// # Errors
    /// See [`FlowRunTaskError`].
    pub async fn run(&self, api: &Api) -> Result<FlowRunId, FlowRunTaskError> {
        self.run_with(api, Overrides::new()).await
    }

    /// Schedules a run, with `overrides` in place of what the task was made with.
    ///
    /// Dropping the future may leave the outcome unknown. Within one call, all tries together make
    /// one flow run at the most.
    ///
    /// # Errors
    /// See [`FlowRunTaskError`].
    pub async fn run_with(&self, api: &Api, overrides: Overrides) -> Result<FlowRunId, FlowRunTaskError> {
        let span = tracing::info_span!(
            "prefect.task",
            name = %self.options.name,
            slug = %self.options.slug,
            tags = ?self.options.tags,
        );
        self.to_end(api, overrides.or(&self.defaults)).instrument(span).await
    }

    async fn to_end(&self, api: &Api, arguments: Overrides) -> Result<FlowRunId, FlowRunTaskError> {
        self.options.check()?;
        let Arguments { flow_name, project_name, request } = Arguments::check(api, arguments)?;
        if let Some(id) = self.cached(api) {
            return self.change(&TaskState::Pending, TaskState::Cached(id)).into_result();
        }
        let mut scheduling = None;
        let mut state = TaskState::Pending;
        let mut run_count = 0;
        loop {
            state = self.change(&state, TaskState::Running);
            if !matches!(state, TaskState::Running) {
                return state.into_result();
            }
            run_count += 1;
            let attempt = async {
                let scheduling = match &mut scheduling {
                    Some(scheduling) => scheduling,
                    None => {
                        let flow = api.find_flow(&flow_name).in_project(&project_name).await?;
                        let made = Scheduling::new(flow, request.clone()).map_err(ScheduleError::from)?;
                        scheduling.insert(made)
                    }
                };
                Ok::<_, FlowRunTaskError>(scheduling.run().await?.id)
            };
            let outcome = match self.options.timeout {
                None => attempt.await.map_err(TaskState::Failed),
                Some(limit) => match timeout(api.timer(), limit, attempt).await {
                    Ok(outcome) => outcome.map_err(TaskState::Failed),
                    Err(_) => Err(TaskState::TimedOut(timed_out(limit, scheduling.as_ref()))),
                },
            };
            state =
                self.change(&TaskState::Running, outcome.map_or_else(|failed| failed, TaskState::Success));
            match (&state, self.options.retry_delay) {
                (TaskState::Failed(_) | TaskState::TimedOut(_), Some(delay))
                    if run_count <= self.options.max_retries =>
                {
                    state = self.change(&state, TaskState::Retrying { run_count, delay });
                }
                _ => {}
            }
            match state {
                TaskState::Retrying { delay, .. } => api.timer().sleep(delay).await,
                TaskState::Success(id) => {
                    self.cache(api, id);
                    return Ok(id);
                }
                ended => return ended.into_result(),
            }
        }
    }

    /// Calls the state handlers; the state to go on with.
    fn change(&self, old: &TaskState, new: TaskState) -> TaskState {
        tracing::debug!(old = old.name(), new = new.name(), "task state");
        let handlers = self.options.state_handlers.iter();
        handlers.fold(new, |new, handler| handler(self, old, &new).unwrap_or(new))
    }

    fn cached(&self, api: &Api) -> Option<FlowRunId> {
        self.options.cache_for?;
        api.task_cache().get(self.options.cache_key(), api.timer().now())
    }

    fn cache(&self, api: &Api, id: FlowRunId) {
        if let Some(duration) = self.options.cache_for {
            api.task_cache().put(self.options.cache_key(), id, api.timer().now() + duration);
        }
    }
}

/// The arguments of a run, of which none is missing.
struct Arguments {
    flow_name: String,
    project_name: String,
    request: FlowRunRequest,
}

impl Arguments {
    /// Unlike Prefect, which lets a try fail: no retry brings a missing name.
    fn check(api: &Api, arguments: Overrides) -> Result<Self, FindFlowError> {
        let flow_name =
            arguments.flow_name.filter(|name| !name.is_empty()).ok_or(FindFlowError::NoFlowName)?;
        let project_name = arguments.project_name.unwrap_or_default();
        if project_name.is_empty() && api.backend() == Backend::Cloud {
            return Err(FindFlowError::NoProjectName);
        }
        let request = FlowRunRequest::new().optional_parameters(arguments.parameters);
        Ok(Self { flow_name, project_name, request })
    }
}

fn timed_out(after: Duration, scheduling: Option<&Scheduling>) -> FlowRunTaskError {
    match scheduling {
        Some(scheduling) if scheduling.is_in_doubt() => scheduling.outcome_unknown(None).into(),
        _ => FlowRunTaskError::TimedOut { after },
    }
}
