//! A run of the task: its tries, its states, its cache.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use prefect_schema::FlowRunId;
use prefect_transport::{Elapsed, timeout};
use tracing::{Instrument, Span};

use super::{FlowRunTask, InvalidTask, Overrides, TaskState};
use crate::find_flow::Lookup;
use crate::schedule::Scheduling;
use crate::{Api, FindFlowError, FlowRunRequest, Parameters, ScheduleError};

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
        // Not by way of `run_with`: a future within another is one more that each poll goes through.
        let overrides = Overrides::new();
        self.to_end(api, &overrides).instrument(self.span()).await
    }

    /// Schedules a run, with `overrides` in place of what the task was made with.
    ///
    /// Dropping the future may leave the outcome unknown. Within one call, all tries together make
    /// one flow run at the most.
    ///
    /// # Errors
    /// See [`FlowRunTaskError`].
    pub async fn run_with(&self, api: &Api, overrides: Overrides) -> Result<FlowRunId, FlowRunTaskError> {
        self.to_end(api, &overrides).instrument(self.span()).await
    }

    fn span(&self) -> Span {
        tracing::info_span!(
            "prefect.task",
            name = %self.options.name,
            slug = %self.options.slug,
            tags = ?self.options.tags,
        )
    }

    async fn to_end(&self, api: &Api, overrides: &Overrides) -> Result<FlowRunId, FlowRunTaskError> {
        self.options.check()?;
        // Unlike Prefect, which lets a try fail, the run fails here: no retry brings a missing name.
        let lookup = self.lookup(api, overrides)?;
        let parameters = overrides.parameters.as_ref().or(self.defaults.parameters.as_ref());
        let mut tries = Tries { api, lookup: &lookup, parameters, scheduling: None };
        if let Some(id) = self.cached(api) {
            return self.change(&TaskState::Pending, TaskState::Cached(id)).into_result();
        }
        let mut state = TaskState::Pending;
        let mut run_count = 0;
        loop {
            state = self.change(&state, TaskState::Running);
            if !matches!(state, TaskState::Running) {
                return state.into_result();
            }
            run_count += 1;
            let outcome = timeout(api.timer(), self.options.timeout, pin!(tries.once())).await;
            state = self.change(&TaskState::Running, tries.state(outcome));
            if let Some(delay) = self.options.retry_delay
                && state.is_failed()
                && run_count <= self.options.max_retries
            {
                state = self.change(&state, TaskState::Retrying { run_count, delay });
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

    /// The lookup of the flow that `overrides` names, or else the task. That of the first run is kept, for clones too.
    fn lookup(&self, api: &Api, overrides: &Overrides) -> Result<Arc<Lookup>, FindFlowError> {
        let name = overrides.flow_name.as_deref().or(self.defaults.flow_name.as_deref()).unwrap_or_default();
        let project = overrides.project_name.as_deref().or(self.defaults.project_name.as_deref());
        let project = project.filter(|project| !project.is_empty());
        if let Some(kept) = self.lookup.get().filter(|kept| kept.is_of(api, name, project)) {
            return Ok(Arc::clone(kept));
        }
        let lookup = Arc::new(Lookup::new(api, name, project)?);
        self.lookup.get_or_init(|| Arc::clone(&lookup));
        Ok(lookup)
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
            api.task_cache().put(self.options.cache_key(), id, api.timer().now(), duration);
        }
    }
}

/// The tries of one run of the task, which share what they schedule.
struct Tries<'a> {
    api: &'a Api,
    lookup: &'a Lookup,
    parameters: Option<&'a Parameters>,
    /// Made by the first try that finds the flow; the key and the flow version are in it.
    scheduling: Option<Scheduling>,
}

impl Tries<'_> {
    /// One try.
    async fn once(&mut self) -> Result<FlowRunId, FlowRunTaskError> {
        let call = self.api.for_one_call();
        let scheduling = match &mut self.scheduling {
            Some(scheduling) => scheduling,
            None => {
                let flow = self.lookup.find(self.api, &call).await?;
                let request = FlowRunRequest::of_parameters(self.parameters.cloned());
                self.scheduling.insert(Scheduling::new(flow, request)?)
            }
        };
        Ok(scheduling.run(&call).await?.id)
    }

    /// The state that a try ended in.
    fn state(&self, outcome: Result<Result<FlowRunId, FlowRunTaskError>, Elapsed>) -> TaskState {
        match outcome {
            Ok(Ok(id)) => TaskState::Success(id),
            Ok(Err(error)) => TaskState::Failed(error),
            Err(Elapsed { after, .. }) => TaskState::TimedOut(self.timed_out(after)),
        }
    }

    fn timed_out(&self, after: Duration) -> FlowRunTaskError {
        match &self.scheduling {
            Some(scheduling) if scheduling.is_in_doubt() => scheduling.outcome_unknown(self.api, None).into(),
            _ => FlowRunTaskError::TimedOut { after },
        }
    }
}

#[cfg(test)]
mod tests {
    use prefect_transport::Transport;

    use super::*;
    use crate::Backend;

    fn api() -> Api {
        let transport = Transport::builder("http://localhost:4200".parse().unwrap());
        Api::new(transport.build().unwrap(), Backend::Server)
    }

    #[test]
    fn a_lookup_is_kept_by_a_task_and_its_clones() {
        let (api, none) = (api(), Overrides::new());
        let task = FlowRunTask::new().flow_name("F").project_name("P");
        let clone = task.clone();
        let kept = task.lookup(&api, &none).unwrap();
        for task in [&task, &clone, &clone.clone()] {
            assert!(Arc::ptr_eq(&kept, &task.lookup(&api, &none).unwrap()));
        }
        let other = Overrides::new().flow_name("G");
        assert!(!Arc::ptr_eq(&kept, &task.lookup(&api, &other).unwrap()));
    }

    #[test]
    fn a_task_that_is_renamed_keeps_a_lookup_of_its_own() {
        let (api, none) = (api(), Overrides::new());
        let task = FlowRunTask::new().flow_name("F");
        let lookup = |task: &FlowRunTask| task.lookup(&api, &none).unwrap();
        let kept = lookup(&task);
        for renamed in
            [task.clone().flow_name("G"), task.clone().project_name("P"), task.clone().flow_name("F")]
        {
            let own = lookup(&renamed);
            assert!(!Arc::ptr_eq(&kept, &own) && Arc::ptr_eq(&own, &lookup(&renamed)));
            assert!(Arc::ptr_eq(&kept, &lookup(&task)));
        }
        let renamed = task.flow_name("G");
        assert!(!Arc::ptr_eq(&kept, &lookup(&renamed)) && Arc::ptr_eq(&lookup(&renamed), &lookup(&renamed)));
    }
}
