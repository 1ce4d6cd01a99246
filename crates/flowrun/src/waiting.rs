//! Waiting for a run's end, with or without its log.

use std::cell::Cell;
use std::time::Duration;

use prefect_client::{Client, FlowRun, FlowRunId};

use crate::args::Global;
use crate::failure::Failure;
use crate::follow;

/// How to wait, and what was seen.
#[derive(Debug)]
pub(crate) struct Waiting {
    timeout: Option<Duration>,
    /// Whether the run's states and its log are shown.
    logs: bool,
    /// The run is finished, and only more of its log is waited for.
    finished: Cell<bool>,
}

impl Waiting {
    pub(crate) fn new(timeout: Option<Duration>, logs: bool) -> Self {
        Self { timeout, logs, finished: Cell::new(false) }
    }

    /// Ctrl-C, while it was waited so.
    pub(crate) fn interrupted(&self, global: &Global, id: FlowRunId) -> Failure {
        Failure::interrupted(global, id, self.finished.get())
    }

    /// The run as it is when it is finished.
    pub(crate) async fn for_end_of(
        &self,
        id: FlowRunId,
        client: &Client,
        global: &Global,
    ) -> Result<FlowRun, Failure> {
        if self.logs {
            return follow::to_the_end(client.watch(id), id, self.timeout, &self.finished, global).await;
        }
        let wait = client.wait(id);
        Ok(match self.timeout {
            Some(limit) => wait.timeout(limit).await?,
            None => wait.await?,
        })
    }
}
