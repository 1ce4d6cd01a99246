//! Following a run: its states and the lines of its log, each once.
//!
//! What there is to read is told by the API's poller, which counts the states and the lines of all runs
//! that are watched; pages are read only when there is something new. How far the two lists were read, and
//! what a saved cursor holds, is in `position`.

mod events;
mod logs;
mod position;
mod reader;

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use jiff::{SignedDuration, Timestamp};
use prefect_schema::FlowRunId;
use prefect_transport::{Error, timeout};
use serde::{Deserialize, Serialize};

use self::events::{Row, in_order};
pub use self::events::{StateChange, WatchEvent};
pub use self::logs::Logs;
use self::position::Position;
use self::reader::{Page, Reader};
use crate::operations::{flow_run_history, flow_run_logs};
use crate::poller::{Progress, Subscription, ask_now};
use crate::{Api, FlowRun};

/// Prefect's runners send what they have logged every five seconds, and at their end.
const GRACE: Duration = Duration::from_secs(6);
/// Nothing follows a run that ended this long ago, even if our clock and the server's differ.
const LONG_AGO: SignedDuration = SignedDuration::from_mins(10);
/// The pause after a page could not be read for a reason that may pass.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A watch of one run: its states and its log lines, in the order in which they reached the server and,
/// of those that are read together, by their timestamps. Each comes once, however late it arrives.
///
/// It ends when the run is finished and its log has been quiet for a while. Dropping it, or a future of
/// [`next`](Self::next), loses nothing: [`cursor`](Self::cursor) tells where to go on.
#[derive(Debug)]
#[must_use = "a watch does nothing until it is asked for events"]
pub struct Watch {
    api: Api,
    id: FlowRunId,
    grace: Duration,
    subscription: Option<Subscription>,
    progress: Option<Progress>,
    states: Reader,
    logs: Reader,
    /// States that come after lines that are not read yet.
    states_to_come: VecDeque<Row>,
    /// What is to be told next, in this order.
    ready: VecDeque<Row>,
    last_state_at: Option<Timestamp>,
    ended: bool,
}

/// Where a watch is in the run's history, to be kept and to go on from: see [`Watch::from_cursor`].
///
/// It can be serialised. It holds the ids of the last minute's rows, of some 20,000 at the most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchCursor {
    states: Position,
    logs: Position,
}

/// Why the history of a run cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// There is no such run, or it was deleted meanwhile.
    #[error("there is no flow run {id}")]
    NotFound {
        /// The run that was watched.
        id: FlowRunId,
    },
    /// The server answered with an error that asking again will not mend.
    #[error(transparent)]
    Transport(#[from] Error),
}

impl Watch {
    pub(crate) fn new(api: Api, id: FlowRunId) -> Self {
        Self {
            api,
            id,
            grace: GRACE,
            subscription: None,
            progress: None,
            states: Reader::default(),
            logs: Reader::default(),
            states_to_come: VecDeque::new(),
            ready: VecDeque::new(),
            last_state_at: None,
            ended: false,
        }
    }

    /// Goes on from where another watch of the same run was.
    pub fn from_cursor(mut self, cursor: WatchCursor) -> Self {
        (self.states, self.logs) = (Reader::at(cursor.states), Reader::at(cursor.logs));
        self
    }

    /// How long the log of a finished run must be quiet before the watch ends. Default: 6 s, because
    /// Prefect's runners send their log every five seconds. A run that ended more than ten minutes ago
    /// is not waited for.
    pub fn grace(mut self, quiet: Duration) -> Self {
        self.grace = quiet;
        self
    }

    /// The next event; `None` at the end of the run. After an error there is nothing more.
    ///
    /// Cancel-safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Result<WatchEvent, WatchError>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Some(Ok(row.event));
            }
            if self.ended {
                return None;
            }
            match self.read_on().await {
                Ok(()) => {}
                Err(WatchError::Transport(error)) if error.is_retryable() => {
                    tracing::warn!(%error, "reading again");
                    self.api.timer().sleep(AFTER_FAILURE).await;
                }
                Err(error) => {
                    self.end();
                    return Some(Err(error));
                }
            }
        }
    }

    /// The watch as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<WatchEvent, WatchError>> + Send {
        stream::unfold(self, |mut watch| async { watch.next().await.map(|event| (event, watch)) })
    }

    /// Where the watch is: after the last event that [`next`](Self::next) gave.
    pub fn cursor(&self) -> WatchCursor {
        let untold = |logs: bool| {
            let rows = self.ready.iter().chain(&self.states_to_come);
            rows.filter(move |row| row.is_log() == logs).map(|row| (row.moment, &row.id))
        };
        WatchCursor { states: self.states.told(untold(false)), logs: self.logs.told(untold(true)) }
    }

    /// The run as it was last seen.
    pub fn flow_run(&self) -> Option<&FlowRun> {
        self.progress.as_ref().map(|progress| &progress.run)
    }

    /// Reads what is new; where there is nothing, waits for it, or ends.
    async fn read_on(&mut self) -> Result<(), WatchError> {
        let Some(sizes) = self.progress.as_ref().map(|progress| progress.sizes) else {
            return self.wait_for_news().await;
        };
        if self.states_to_come.is_empty() && self.states.is_behind(sizes.states) {
            self.read_states(sizes.states).await?;
        }
        let logs = match self.logs.is_behind(sizes.logs) {
            true => self.read_logs(sizes.logs).await?,
            false => Vec::new(),
        };
        let more_logs = self.logs.is_behind(sizes.logs);
        self.ready = in_order(&mut self.states_to_come, logs, more_logs);
        if self.ready.is_empty() && !more_logs && !self.states.is_behind(sizes.states) {
            self.wait_for_news().await?;
        }
        Ok(())
    }

    async fn read_states(&mut self, count: u64) -> Result<(), Error> {
        let (from, offset, limit) = self.states.next_page();
        let operation = flow_run_history::build(self.id, from, offset, limit);
        let page = self.api.query("flow_run_history", &operation).await;
        let page = page.map(|page| page.flow_run_state.into_iter().map(Row::from).collect());
        match self.states.read(page)? {
            Page::Rows(rows) => self.states_to_come = rows.into(),
            Page::End => self.states.end_reached(count),
        }
        self.last_state_at = self.states_to_come.back().map(|row| row.timestamp).or(self.last_state_at);
        Ok(())
    }

    async fn read_logs(&mut self, count: u64) -> Result<Vec<Row>, Error> {
        let (from, offset, limit) = self.logs.next_page();
        let operation = flow_run_logs::by_arrival(self.id, from, offset, limit);
        let page = self.api.query("flow_run_logs", &operation).await;
        let page = page.map(|page| page.log.into_iter().map(Row::by_arrival).collect());
        match self.logs.read(page)? {
            Page::Rows(rows) => return Ok(rows),
            Page::End => self.logs.end_reached(count),
        }
        Ok(Vec::new())
    }

    async fn wait_for_news(&mut self) -> Result<(), WatchError> {
        let (api, id) = (&self.api, self.id);
        let finished = self.progress.as_ref().is_some_and(|progress| progress.run.state.is_finished());
        let limit = finished.then(|| self.grace_left());
        let subscription = self.subscription.get_or_insert_with(|| Subscription::new(api, id, true));
        let heard = timeout(api.timer(), limit, pin!(subscription.next())).await;
        let news = match heard {
            Ok(news) => news?,
            Err(_) => {
                // That nothing was heard for so long may be the network's fault.
                let news = ask_now(api, id).await?;
                if news.is_some() && news == self.progress {
                    self.end();
                }
                news
            }
        };
        self.progress = Some(news.ok_or(WatchError::NotFound { id })?);
        Ok(())
    }

    fn end(&mut self) {
        self.ended = true;
        // Nobody is to ask for the run any more.
        self.subscription = None;
    }

    fn grace_left(&self) -> Duration {
        let long_ago = |at: Timestamp| Timestamp::now().duration_since(at) > LONG_AGO;
        if self.last_state_at.is_some_and(long_ago) { Duration::ZERO } else { self.grace }
    }
}
