//! Waiting for runs to finish. Nothing here changes anything on the server.

use std::future::IntoFuture;
use std::pin::pin;
use std::time::Duration;

use prefect_schema::FlowRunId;
use prefect_transport::{BoxFuture, Elapsed, Error, timeout};

use crate::poller::Subscription;
use crate::{Api, FlowRun, State};

/// A wait for a run's end; await it.
///
/// All waits of an [`Api`] share their questions; see [`Polling`](crate::Polling). A fault of the
/// network does not end a wait. Dropping the wait, or its running out of time, leaves the run alone.
#[derive(Debug, Clone)]
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait {
    api: Api,
    id: FlowRunId,
    timeout: Option<Duration>,
}

/// Why a wait ended before its run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// There is no such run.
    #[error("there is no flow run {id}")]
    NotFound {
        /// The run that was waited for.
        id: FlowRunId,
    },
    /// Time ran out; the run goes on.
    #[error("the flow run {id} did not finish in {after:?}; {}", last_seen(state.as_ref()))]
    TimedOut {
        /// The run that was waited for.
        id: FlowRunId,
        /// The time that was given.
        after: Duration,
        /// The state it was last seen in.
        state: Option<State>,
    },
    /// The server answered with an error that asking again will not mend.
    #[error(transparent)]
    Transport(#[from] Error),
}

fn last_seen(state: Option<&State>) -> String {
    match state {
        Some(state) => format!("it was last seen {}", state.name()),
        None => "the server told nothing of it".to_owned(),
    }
}

impl Wait {
    pub(crate) fn new(api: Api, id: FlowRunId) -> Self {
        Self { api, id, timeout: None }
    }

    /// Gives up after `limit`. Default: never.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    async fn run(self) -> Result<FlowRun, WaitError> {
        let mut last = None;
        let ended = timeout(self.api.timer(), self.timeout, pin!(self.finish(&mut last))).await;
        ended.unwrap_or_else(|Elapsed { after, .. }| {
            Err(WaitError::TimedOut { id: self.id, after, state: last })
        })
    }

    async fn finish(&self, last: &mut Option<State>) -> Result<FlowRun, WaitError> {
        let mut subscription = Subscription::new(&self.api, self.id, false);
        loop {
            let progress = subscription.next().await?;
            let run = progress.ok_or(WaitError::NotFound { id: self.id })?.run;
            if run.state.is_finished() {
                return Ok(run);
            }
            tracing::debug!(flow_run_id = %run.id, state = %run.state, "waiting");
            *last = Some(run.state);
        }
    }
}

impl IntoFuture for Wait {
    type Output = Result<FlowRun, WaitError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
