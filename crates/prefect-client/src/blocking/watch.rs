//! Following a run, and reading its log.

use std::time::Duration;

use super::iter::Iter;
use super::runtime::Runtime;
use super::{Client, Error};
use crate::{FlowRun, FlowRunId, LogLine, WatchCursor, WatchError, WatchEvent};

/// A watch of one run: an iterator of its states and its log lines, which ends with the run or after
/// an error; see [`crate::Watch`].
#[derive(Debug)]
#[must_use = "a watch does nothing until it is asked for events"]
pub struct Watch {
    runtime: Runtime,
    watch: crate::Watch,
    /// It was asked inside of a runtime.
    refused: bool,
}

impl Watch {
    pub(super) fn new(runtime: &Runtime, watch: crate::Watch) -> Self {
        Self { runtime: runtime.clone(), watch, refused: false }
    }

    /// Goes on from where another watch of the same run was.
    pub fn from_cursor(self, cursor: WatchCursor) -> Self {
        Self { watch: self.watch.from_cursor(cursor), ..self }
    }

    /// How long the log of a finished run must be quiet; see [`Watch::grace`](crate::Watch::grace).
    pub fn grace(self, quiet: Duration) -> Self {
        Self { watch: self.watch.grace(quiet), ..self }
    }

    /// Where the watch is: after the last event that it gave.
    pub fn cursor(&self) -> WatchCursor {
        self.watch.cursor()
    }

    /// The run as it was last seen.
    pub fn flow_run(&self) -> Option<&FlowRun> {
        self.watch.flow_run()
    }
}

impl Iterator for Watch {
    type Item = Result<WatchEvent, Error<WatchError>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.refused {
            return None;
        }
        let next = self.runtime.block_on(self.watch.next()).transpose();
        self.refused = matches!(next, Some(Err(_)));
        next.map(Error::flatten)
    }
}

impl Client {
    /// Follows a run; see [`Api::watch`](crate::Api::watch).
    pub fn watch(&self, id: FlowRunId) -> Watch {
        Watch::new(&self.runtime, self.api.watch(id))
    }

    /// Reads the log that a run has now; see [`Api::logs`](crate::Api::logs). The iterator ends after
    /// an error.
    pub fn logs(
        &self,
        id: FlowRunId,
    ) -> impl Iterator<Item = Result<LogLine, Error<WatchError>>> + Send + use<> {
        Iter::new(&self.runtime, self.api.logs(id).into_stream()).map(Error::flatten)
    }
}
