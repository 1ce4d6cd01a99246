//! The ids of scheduled runs that tasks with `cache_for` return again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prefect_schema::FlowRunId;

/// Cheap to clone; clones share the entries.
#[derive(Debug, Default, Clone)]
pub(crate) struct TaskCache(Arc<Mutex<HashMap<String, Entry>>>);

#[derive(Debug)]
struct Entry {
    id: FlowRunId,
    /// `None` when that is beyond what the clock can tell.
    expires: Option<Instant>,
}

impl TaskCache {
    pub(super) fn get(&self, key: &str, now: Instant) -> Option<FlowRunId> {
        let mut entries = self.entries();
        entries.retain(|_, entry| entry.expires.is_none_or(|expires| expires > now));
        entries.get(key).map(|entry| entry.id)
    }

    pub(super) fn put(&self, key: &str, id: FlowRunId, now: Instant, cache_for: Duration) {
        let expires = now.checked_add(cache_for);
        self.entries().insert(key.to_owned(), Entry { id, expires });
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
