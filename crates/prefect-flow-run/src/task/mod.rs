//! `FlowRunTask`, the task of Prefect 0.10.7: what it is made of. How it runs is in `run`.

mod cache;
mod options;
mod run;
mod state;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Serialize;

pub(crate) use cache::TaskCache;
pub use options::InvalidTask;
pub use run::FlowRunTaskError;
pub use state::TaskState;

use crate::find_flow::Lookup;
use crate::{JsonObjectError, Parameters};
use options::Options;

/// Schedules a run of a flow, as the task of that name in Prefect 0.10.7 does.
///
/// Everything is optional: what is not given here can be given to [`run_with`](Self::run_with),
/// and what is given there wins. The task is not changed by a run: the same value may run any
/// number of times, also at the same time. One that is kept, or cloned, runs faster than one that is made for
/// each run: it has the lookup and the last answer to it, which it reads again only when it is another one.
///
/// ```
/// use prefect_flow_run::{Api, FlowRunId, FlowRunTask, FlowRunTaskError, Overrides};
/// use serde_json::json;
///
/// async fn kick_off(api: &Api) -> Result<FlowRunId, Box<dyn std::error::Error>> {
///     let kickoff = FlowRunTask::new()
///         .flow_name("My Cloud Flow")
///         .project_name("My Cloud Project")
///         .parameters(json!({ "name": "Ada" }))?;
///     kickoff.run(api).await?;
///     Ok(kickoff.run_with(api, Overrides::new().flow_name("Other")).await?)
/// }
/// ```
///
/// Tags are a set of strings; one string is not a set:
///
/// ```compile_fail,E0277
/// # use prefect_flow_run::FlowRunTask;
/// FlowRunTask::new().tags("nightly");
/// ```
#[derive(Debug, Clone, Default)]
pub struct FlowRunTask {
    defaults: Overrides,
    options: Options,
    /// That of the first run, for the later ones and for those of clones: most are of the same flow.
    lookup: Arc<OnceLock<Arc<Lookup>>>,
}

/// What a run takes in place of what the task was made with.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    flow_name: Option<String>,
    project_name: Option<String>,
    parameters: Option<Parameters>,
}

impl Overrides {
    /// Overrides nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The flow's name.
    #[must_use]
    pub fn flow_name(mut self, name: impl Into<String>) -> Self {
        self.flow_name = Some(name.into());
        self
    }

    /// The name of the flow's project.
    #[must_use]
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = Some(name.into());
        self
    }

    /// The parameters: anything that serialises to an object. They take the place of the task's as
    /// a whole; the two are not merged.
    ///
    /// # Errors
    /// When it is not an object.
    pub fn parameters(mut self, parameters: impl Serialize) -> Result<Self, JsonObjectError> {
        self.parameters = Some(Parameters::new(&parameters)?);
        Ok(self)
    }
}

impl FlowRunTask {
    /// A task without anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// The flow's name.
    #[must_use]
    pub fn flow_name(mut self, name: impl Into<String>) -> Self {
        self.defaults = self.defaults.flow_name(name);
        self.with_lookup_of_its_own()
    }

    /// The name of the flow's project. Prefect Cloud wants one. On Prefect Server all projects are
    /// searched without it, and a flow that is in several of them is an error. An empty name
    /// counts as none.
    #[must_use]
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.defaults = self.defaults.project_name(name);
        self.with_lookup_of_its_own()
    }

    /// The parameters of the run: anything that serialises to an object.
    ///
    /// # Errors
    /// When it is not an object.
    pub fn parameters(mut self, parameters: impl Serialize) -> Result<Self, JsonObjectError> {
        self.defaults = self.defaults.parameters(parameters)?;
        Ok(self)
    }

    /// The task's name, in traces. Default: `FlowRunTask`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = name.into();
        self
    }

    /// What tells this task from others of its name. Default: a random UUID; clones share it.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.options.slug = slug.into();
        self
    }

    /// The task's tags, in traces. Default: none.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.options.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// How often a failed run of the task is tried again. Default: 0. More than 0 requires a
    /// [`retry_delay`](Self::retry_delay).
    ///
    /// All tries share one idempotency key, so they make one flow run at the most. The retries of
    /// single requests are the transport's and come on top.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.options.max_retries = retries;
        self
    }

    /// The pause before a retry. Requires [`max_retries`](Self::max_retries).
    #[must_use]
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.options.retry_delay = Some(delay);
        self
    }

    /// How long one try may take. Default: as long as the transport lets it.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = Some(limit);
        self
    }

    /// For how long the id of a scheduled run is returned again instead of scheduling another.
    /// Default: no caching.
    ///
    /// As in Prefect, only time counts: the cached id is returned whatever the parameters are. The
    /// cache is the [`Api`](crate::Api)'s, in memory, and shared by its clones.
    #[must_use]
    pub fn cache_for(mut self, duration: Duration) -> Self {
        self.options.cache_for = Some(duration);
        self
    }

    /// What the cached id is stored under, to share it between tasks. Default: the slug, so that it
    /// is shared by clones of this task only.
    #[must_use]
    pub fn cache_key(mut self, key: impl Into<String>) -> Self {
        self.options.cache_key = Some(key.into());
        self
    }

    /// Adds a function that sees every change of the task's state: the task, the old state and the
    /// new one. What it returns takes the new one's place; `None` keeps it. Handlers are called in
    /// the order they were added, each with what the one before it left.
    #[must_use]
    pub fn state_handler(
        mut self,
        handler: impl Fn(&Self, &TaskState, &TaskState) -> Option<TaskState> + Send + Sync + 'static,
    ) -> Self {
        self.options.state_handlers.push(Arc::new(handler));
        self
    }

    /// Adds a function that is called with each failed state, also of a try that is followed by
    /// another one.
    #[must_use]
    pub fn on_failure(self, callback: impl Fn(&Self, &TaskState) + Send + Sync + 'static) -> Self {
        self.state_handler(move |task, _, new| {
            if new.is_failed() {
                callback(task, new);
            }
            None
        })
    }

    /// The name, as set or by default.
    pub fn task_name(&self) -> &str {
        &self.options.name
    }

    /// The slug, as set or by default.
    pub fn task_slug(&self) -> &str {
        &self.options.slug
    }

    /// The tags.
    pub fn task_tags(&self) -> &BTreeSet<String> {
        &self.options.tags
    }

    /// Without the lookup of another name, which clones may share.
    fn with_lookup_of_its_own(mut self) -> Self {
        match Arc::get_mut(&mut self.lookup) {
            Some(own) => drop(own.take()),
            None => self.lookup = Arc::default(),
        }
        self
    }
}
