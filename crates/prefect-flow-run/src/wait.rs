//! Waiting for a run to finish. Nothing here changes anything on the server.

use std::future::IntoFuture;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use prefect_schema::FlowRunId;
use prefect_transport::{BoxFuture, Error, timeout};

use crate::{Api, FlowRun, State};

/// A wait for a run's end; await it.
///
/// The run is asked for often at first and every two seconds in the end; a change of state makes
/// it often again. Dropping the wait, or its running out of time, leaves the run alone.
#[derive(Debug, Clone)]
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait {
    api: Api,
    id: FlowRunId,
    timeout: Option<Duration>,
    min_interval: Duration,
    max_interval: Duration,
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
    #[error("the flow run {id} did not finish in {after:?}; it was last seen {}", state.as_ref().map_or("nowhere", State::name))]
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

impl Wait {
    pub(crate) fn new(api: Api, id: FlowRunId) -> Self {
        Self {
            api,
            id,
            timeout: None,
            min_interval: Duration::from_millis(50),
            max_interval: Duration::from_secs(2),
        }
    }

    /// Gives up after `limit`. Default: never.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The shortest and the longest pause between two questions. Default: 50 ms and 2 s.
    pub fn poll_interval(mut self, min: Duration, max: Duration) -> Self {
        (self.min_interval, self.max_interval) = (min, max);
        self
    }

    async fn run(self) -> Result<FlowRun, WaitError> {
        let mut last = None;
        let Some(limit) = self.timeout else { return self.poll(&mut last).await };
        match timeout(self.api.timer(), limit, self.poll(&mut last)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(WaitError::TimedOut { id: self.id, after: limit, state: last }),
        }
    }

    async fn poll(&self, last: &mut Option<State>) -> Result<FlowRun, WaitError> {
        let mut intervals = self.intervals();
        loop {
            match self.api.flow_run(self.id).await {
                Ok(Some(run)) if run.state.is_finished() => return Ok(run),
                Ok(Some(run)) if last.as_ref() != Some(&run.state) => {
                    tracing::debug!(flow_run_id = %run.id, state = %run.state, "waiting");
                    *last = Some(run.state);
                    intervals = self.intervals();
                }
                Ok(Some(_)) => {}
                Ok(None) => return Err(WaitError::NotFound { id: self.id }),
                // A fault of the network never ends a wait; only time does.
                Err(error) if error.is_retryable() => tracing::warn!(%error, "asking again"),
                Err(error) => return Err(error.into()),
            }
            let pause = intervals.next().unwrap_or(self.max_interval);
            self.api.timer().sleep(pause).await;
        }
    }

    fn intervals(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::default()
            .with_factor(1.5)
            .with_min_delay(self.min_interval)
            .with_max_delay(self.max_interval)
            .without_max_times()
            .build()
    }
}

impl IntoFuture for Wait {
    type Output = Result<FlowRun, WaitError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
