//! The options that every Prefect task has, and how they depend on each other.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{FlowRunTask, TaskState};

pub(super) type StateHandler =
    Arc<dyn Fn(&FlowRunTask, &TaskState, &TaskState) -> Option<TaskState> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Options {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) tags: BTreeSet<String>,
    pub(super) max_retries: u32,
    pub(super) retry_delay: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) cache_for: Option<Duration>,
    pub(super) cache_key: Option<String>,
    pub(super) state_handlers: Vec<StateHandler>,
}

/// Options of a task that contradict each other, as Prefect 0.10.7 finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTask {
    /// Retries without a pause.
    #[error("the task has max_retries, so it must have a retry_delay too")]
    NoRetryDelay,
    /// A pause without retries.
    #[error("the task has a retry_delay, so it must have max_retries greater than 0 too")]
    NoMaxRetries,
}

impl Options {
    pub(super) fn check(&self) -> Result<(), InvalidTask> {
        match (self.max_retries, self.retry_delay) {
            (1.., None) => Err(InvalidTask::NoRetryDelay),
            (0, Some(_)) => Err(InvalidTask::NoMaxRetries),
            _ => Ok(()),
        }
    }

    /// What a cached result is stored under.
    pub(super) fn cache_key(&self) -> &str {
        self.cache_key.as_deref().unwrap_or(&self.slug)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "FlowRunTask".to_owned(),
            slug: uuid::Uuid::new_v4().to_string(),
            tags: BTreeSet::new(),
            max_retries: 0,
            retry_delay: None,
            timeout: None,
            cache_for: None,
            cache_key: None,
            state_handlers: Vec::new(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("name", &self.name)
            .field("slug", &self.slug)
            .field("tags", &self.tags)
            .field("max_retries", &self.max_retries)
            .field("retry_delay", &self.retry_delay)
            .field("timeout", &self.timeout)
            .field("cache_for", &self.cache_for)
            .field("cache_key", &self.cache_key)
            .field("state_handlers", &self.state_handlers.len())
            .finish()
    }
}
