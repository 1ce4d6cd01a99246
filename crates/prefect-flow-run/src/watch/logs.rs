//! Reading the log that a run has now.

use std::collections::VecDeque;

use futures_util::stream::{self, Stream};
use prefect_schema::FlowRunId;

use super::WatchError;
use super::events::Row;
use super::reader::{Page, Reader};
use crate::operations::flow_run_logs;
use crate::{Api, LogLine};

/// The log that a run has now, page by page, by the lines' timestamps, and equal ones as they arrived. Those that arrived
/// together are then in no particular order.
///
/// A line that arrives while the log is read, and is older than what was read already, is not seen;
/// [`Watch`](crate::Watch) misses none.
#[derive(Debug)]
#[must_use = "a log is read when it is asked for lines"]
pub struct Logs {
    api: Api,
    id: FlowRunId,
    reader: Reader,
    ready: VecDeque<LogLine>,
    begun: bool,
    ended: bool,
}

impl Logs {
    pub(crate) fn new(api: Api, id: FlowRunId) -> Self {
        Self { api, id, reader: Reader::default(), ready: VecDeque::new(), begun: false, ended: false }
    }

    /// The next line; `None` after the newest one. After an error there is nothing more.
    ///
    /// Cancel-safe: dropping the future loses no line.
    pub async fn next(&mut self) -> Option<Result<LogLine, WatchError>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.read_on().await {
                self.ended = true;
                return Some(Err(error));
            }
        }
    }

    /// The lines as a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<LogLine, WatchError>> + Send {
        stream::unfold(self, |mut logs| async { logs.next().await.map(|line| (line, logs)) })
    }

    async fn read_on(&mut self) -> Result<(), WatchError> {
        let (from, offset, limit) = self.reader.next_page();
        let operation = flow_run_logs::by_timestamp(self.id, from, offset, limit);
        let page = self.api.query("flow_run_logs", &operation).await;
        let page = page.map(|page| page.log.into_iter().map(Row::by_timestamp).collect());
        match self.reader.read(page)? {
            Page::Rows(rows) => {
                self.begun |= !rows.is_empty();
                self.ready = rows.into_iter().filter_map(Row::into_line).collect();
            }
            // Either the run has no log, or there is no run.
            Page::End if !self.begun && self.api.flow_run(self.id).await?.is_none() => {
                return Err(WatchError::NotFound { id: self.id });
            }
            Page::End => self.ended = true,
        }
        Ok(())
    }
}
