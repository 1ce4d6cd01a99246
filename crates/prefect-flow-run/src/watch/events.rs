//! What a watch tells, and the order in which it tells what it has read together.

use std::collections::VecDeque;

use jiff::Timestamp;
use uuid::Uuid;

use crate::operations::flow_run_history::StateRow;
use crate::operations::flow_run_logs::LogRow;
use crate::{LogLine, State};

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// It was given a state.
    State(StateChange),
    /// It, its agent or one of its task runs wrote a line.
    Log(LogLine),
}

/// A state that a run was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateChange {
    /// The state.
    pub state: State,
    /// What the server or the runner says of it.
    pub message: Option<String>,
    /// When it was set, by the server's clock.
    pub timestamp: Timestamp,
    /// When a run in this state is to start.
    pub start_time: Option<Timestamp>,
}

/// An event, and where its row stands in the server's lists.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Uuid,
    /// What its list is read by.
    pub(super) moment: Timestamp,
    pub(super) timestamp: Timestamp,
    pub(super) event: WatchEvent,
}

impl Row {
    /// A line of a log that is read as it arrives.
    pub(super) fn by_arrival(row: LogRow) -> Self {
        Self { id: row.id, moment: row.created, timestamp: row.timestamp, event: WatchEvent::Log(row.into()) }
    }

    /// A line of a log that is read from its oldest line on.
    pub(super) fn by_timestamp(row: LogRow) -> Self {
        Self { moment: row.timestamp, ..Self::by_arrival(row) }
    }

    pub(super) fn into_line(self) -> Option<LogLine> {
        match self.event {
            WatchEvent::Log(line) => Some(line),
            WatchEvent::State(_) => None,
        }
    }

    pub(super) fn is_log(&self) -> bool {
        matches!(self.event, WatchEvent::Log(_))
    }
}

impl From<StateRow> for Row {
    fn from(row: StateRow) -> Self {
        let change = StateChange {
            state: State::from(row.state),
            message: row.message.filter(|message| !message.is_empty()),
            timestamp: row.timestamp,
            start_time: row.start_time,
        };
        Self { id: row.id, moment: row.created, timestamp: row.timestamp, event: WatchEvent::State(change) }
    }
}

/// The states and the lines by their timestamps, equal ones as they arrived. With `more` lines to be read,
/// states that come after all of these stay behind.
pub(super) fn in_order(states: &mut VecDeque<Row>, logs: Vec<Row>, more: bool) -> VecDeque<Row> {
    let last = logs.iter().map(|row| row.timestamp).max();
    let now = match last {
        _ if !more => states.len(),
        Some(last) => states.iter().take_while(|row| row.timestamp <= last).count(),
        None => 0,
    };
    let mut rows: Vec<Row> = states.drain(..now).chain(logs).collect();
    rows.sort_by_key(|row| row.timestamp);
    rows.into()
}
