//! A server of one run and its log. Lines reach it as Prefect's runners send them: some hundred together every five
//! seconds, which then have one moment of arrival. They are told in the order that is asked for, from the moment and
//! the offset that are asked for, as many as are asked for.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{Result, server, this_program};

/// The subject's name under which this program is the server.
pub(crate) const SUBJECT: &str = "log-server";

/// The run's begin, long ago, in microseconds of Unix time; all else is told as microseconds after it.
const BEGIN: u64 = 1_767_225_600_000_000;
/// How many lines arrive together.
const BATCH: usize = 500;
/// How long they were collected.
const COLLECTED: u64 = 5_000_000;
/// Two lines each have the same timestamp.
const TWO_LINES: u64 = 2 * COLLECTED / BATCH as u64;
/// In a log that grows, one batch of so many is late: it is there
/// only after the batch that follows it was.
const LATE: usize = 20;

/// What log there is.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) lines: usize,
    /// Whether there is one batch more each time that the run is asked for, and not all of them from the beginning on.
    pub(crate) grows: bool,
}

/// What was fetched.
#[derive(Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Lines, each as often as it was fetched.
    pub(crate) fetched: u64,
    /// How often the line was fetched that was fetched most.
    pub(crate) most: u8,
}

/// Serves until the process is ended.
pub(crate) async fn serve() -> Result<()> {
    let told: Told = this_program::told().await?;
    let run = Arc::new(Mutex::new(Run { told, asked: 0, fetched: vec![0; told.lines] }));
    server::serve(move |body| {
        let mut run = run.lock().unwrap_or_else(PoisonError::into_inner);
        Bytes::from(match serde_json::from_slice(&body) {
            Ok(question) => run.answer(&question),
            Err(_) => serde_json::to_string(&run.counts()).unwrap_or_default(),
        })
    })
    .await
}

#[derive(Deserialize)]
struct Question {
    query: String,
    variables: Variables,
}

#[derive(Deserialize)]
struct Variables {
    filter: Filter,
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    limit: usize,
}

#[derive(Deserialize)]
struct Filter {
    created: Option<Since>,
}

#[derive(Deserialize)]
struct Since {
    _gte: Timestamp,
}

impl Variables {
    /// The moment from which on is asked for.
    fn since(&self) -> u64 {
        let since = self.filter.created.as_ref().map(|since| since._gte.as_microsecond());
        since.and_then(|since| u64::try_from(since).ok()).map_or(0, |since| since.saturating_sub(BEGIN))
    }
}

struct Run {
    told: Told,
    /// How often the run was asked for.
    asked: usize,
    /// How often each line was fetched.
    fetched: Vec<u8>,
}

impl Run {
    fn answer(&mut self, question: &Question) -> String {
        if question.query.contains("flow_run_state(") {
            self.states(&question.variables)
        } else if question.query.contains("log(") {
            self.lines(&question.variables)
        } else {
            self.asked += 1;
            self.progress()
        }
    }

    fn counts(&self) -> Counts {
        let fetched = self.fetched.iter().map(|times| u64::from(*times)).sum();
        Counts { fetched, most: self.fetched.iter().copied().max().unwrap_or_default() }
    }

    fn batches(&self) -> usize {
        self.told.lines.div_ceil(BATCH)
    }

    fn has_arrived(&self, batch: usize) -> bool {
        let late = if batch % LATE == LATE / 2 { 2 } else { 0 };
        !self.told.grows || batch + late < self.asked
    }

    fn is_finished(&self) -> bool {
        !self.told.grows || self.asked > self.batches()
    }

    /// The states with their moments.
    fn history(&self) -> Vec<(&'static str, u64)> {
        let states = [("Scheduled", 0), ("Running", 0), ("Success", arrival(self.batches()))];
        states.into_iter().take(if self.is_finished() { 3 } else { 2 }).collect()
    }

    fn progress(&self) -> String {
        let batches = (0..self.batches()).filter(|batch| self.has_arrived(*batch));
        let lines: usize = batches.map(|batch| BATCH.min(self.told.lines - batch * BATCH)).sum();
        let history = self.history();
        let run = json!({
            "id": Uuid::nil(),
            "flow_id": Uuid::nil(),
            "name": "agate-armadillo",
            "state": history.last().map(|state| state.0),
            "state_message": null,
            "states_aggregate": { "aggregate": { "count": history.len() } },
            "logs_aggregate": { "aggregate": { "count": lines } },
        });
        json!({ "data": { "flow_run": [run] } }).to_string()
    }

    fn states(&self, asked: &Variables) -> String {
        let states = self.history().into_iter().zip(1..).filter(|((_, moment), _)| *moment >= asked.since());
        let rows = states.skip(asked.offset).take(asked.limit).map(|((state, moment), number)| {
            let (id, moment) = (Uuid::from_u128(number), told(moment));
            json!({ "id": id, "created": moment, "timestamp": moment, "state": state, "message": null, "start_time": null })
        });
        json!({ "data": { "flow_run_state": rows.collect::<Vec<_>>() } }).to_string()
    }

    fn lines(&mut self, asked: &Variables) -> String {
        // The first batch that arrived then or later.
        let first = asked.since().div_ceil(COLLECTED).saturating_sub(1) as usize;
        let lines = (first * BATCH..self.told.lines).filter(|line| self.has_arrived(line / BATCH));
        let page: Vec<_> = lines.skip(asked.offset).take(asked.limit).collect();
        for line in &page {
            if let Some(times) = self.fetched.get_mut(*line) {
                *times = times.saturating_add(1);
            }
        }
        let rows: Vec<_> = page.into_iter().map(row).collect();
        format!(r#"{{"data":{{"log":[{}]}}}}"#, rows.join(","))
    }
}

/// When a batch arrives.
fn arrival(batch: usize) -> u64 {
    (batch as u64 + 1) * COLLECTED
}

/// A line of some hundred characters.
fn row(line: usize) -> String {
    let (created, timestamp) = (told(arrival(line / BATCH)), told(line as u64 / 2 * TWO_LINES));
    // Ids that are spread out, as random ones are.
    let id = Uuid::from_u128((line as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    format!(
        r#"{{"id":"{id}","created":"{created}","timestamp":"{timestamp}","level":"INFO","name":"prefect.CloudTaskRunner","message":"Task 'load[{line:07}]': Finished task run for task with final state: 'Success', 1,024 rows","task_run_id":null}}"#
    )
}

/// A moment as the server writes it.
fn told(moment: u64) -> String {
    let moment =
        i64::try_from(BEGIN + moment).ok().and_then(|moment| Timestamp::from_microsecond(moment).ok());
    moment.unwrap_or_default().to_string()
}
