//! The same questions to a small database and to a large one, in turn.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};
use prefect_sandbox::Sandbox;
use serde_json::Value;
use uuid::Uuid;

use crate::client::{Ask, Connection};
use crate::fill::{self, Filled, LINES};
use crate::scene::{self, Folder};
use crate::{Result, load, requests, start};

const SMALL: u32 = 1_000;
const LARGE: u32 = 20_000;
const FULL: u32 = 1_000_000;
const TIMES: usize = 200;
const ROUNDS: usize = 3;
const SCHEDULING: Duration = Duration::from_secs(3);

/// What is asked, how many rows it answers, and the request for the time given.
type Question = (&'static str, usize, fn(&Stored, usize) -> Ask);

const QUESTIONS: [Question; 5] = [
    ("lookup of a flow", 1, |_, _| requests::find_flow()),
    ("newest 100 runs by created", 100, |_, _| requests::newest_flow_runs("created")),
    ("newest 100 runs by updated", 100, |_, _| requests::newest_flow_runs("updated")),
    ("newest 100 runs by start_time", 100, |_, _| requests::newest_flow_runs("start_time")),
    ("100 log lines of one run", 100, Stored::ask_for_logs),
];

pub(crate) async fn measure(full: bool) -> Result<Vec<Row>> {
    let runs = if full { FULL } else { LARGE };
    let folder = Folder::new()?;
    let small = Stored::new(folder.file("small.db"), SMALL).await?;
    let large = Stored::new(folder.file("large.db"), runs).await?;
    let stored = format!("{runs} runs and {} log lines ÷ {SMALL} runs", runs * 10);

    let mut rows = Vec::new();
    for question in QUESTIONS {
        let (small, large) = ask(question, &small, &large).await?;
        rows.push(Row {
            what: format!("sandbox: {}, {stored}", question.0),
            figure: large / small,
            target: Target::AtMost(2.0),
            made_of: format!("{large:.2} ms ÷ {small:.2} ms"),
            ..Row::default()
        });
    }
    let (small_rate, large_rate) = schedule(&small, &large).await?;
    rows.push(Row {
        what: format!("sandbox: runs scheduled per second, {stored}"),
        figure: large_rate / small_rate,
        made_of: format!("{large_rate:.0}/s ÷ {small_rate:.0}/s"),
        ..Row::default()
    });
    small.sandbox.shutdown().await;
    large.sandbox.shutdown().await;
    rows.push(Row {
        what: format!("sandbox: start to the first answer, {runs} runs, all of the file read first"),
        figure: start::first_answer(&large.file).await?.as_secs_f64() * 1e3,
        unit: " ms".to_owned(),
        ..Row::default()
    });
    Ok(rows)
}

/// A sandbox on a filled database.
struct Stored {
    file: PathBuf,
    sandbox: Sandbox,
    filled: Filled,
}

impl Stored {
    async fn new(file: PathBuf, runs: u32) -> Result<Self> {
        let start = Instant::now();
        let filled = fill::fill(&file, runs).await?;
        eprintln!("  {runs} runs filled in within {} s", start.elapsed().as_secs());
        let sandbox = scene::open(&file).await?;
        Ok(Self { file, sandbox, filled })
    }

    /// The second half of a run's lines; each time another run's.
    fn ask_for_logs(&self, time: usize) -> Ask {
        let logged = &self.filled.logged;
        let run = logged.get(time * 7919 % logged.len().max(1));
        let (id, number) = run.map_or((Uuid::nil(), 0), |run| (run.id, run.number));
        requests::logs(id, &fill::moment(i64::from(number + LINES / 2)))
    }

    /// Milliseconds until the answer.
    async fn ask(
        &self,
        connection: &mut Connection,
        (what, count, request): Question,
        time: usize,
    ) -> Result<f64> {
        let request = request(self, time);
        let start = Instant::now();
        let answer = connection.ask(request).await?;
        let took = start.elapsed();
        let found = rows_in(&answer)?;
        if found == count {
            Ok(took.as_secs_f64() * 1e3)
        } else {
            Err(format!("{what}: {found} rows").into())
        }
    }
}

/// How many rows the only field of an answer has.
fn rows_in(answer: &[u8]) -> Result<usize> {
    let answer: Value = serde_json::from_slice(answer)?;
    let data = answer.get("data").and_then(Value::as_object).ok_or("no data")?;
    Ok(data.values().filter_map(Value::as_array).map(Vec::len).sum())
}

/// Milliseconds on both.
async fn ask(question: Question, small: &Stored, large: &Stored) -> Result<(f64, f64)> {
    // New ones: the sandbox closes those that are idle for five seconds.
    let mut to_small = Connection::open(small.sandbox.address()).await?;
    let mut to_large = Connection::open(large.sandbox.address()).await?;
    let (mut on_small, mut on_large) = (Vec::new(), Vec::new());
    for time in 0..TIMES {
        on_small.push(small.ask(&mut to_small, question, time).await?);
        on_large.push(large.ask(&mut to_large, question, time).await?);
    }
    Ok((median(on_small), median(on_large)))
}

/// Runs scheduled per second on both.
async fn schedule(small: &Stored, large: &Stored) -> Result<(f64, f64)> {
    let (mut on_small, mut on_large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        on_small.push(schedule_on(small).await?);
        on_large.push(schedule_on(large).await?);
    }
    Ok((median(on_small), median(on_large)))
}

async fn schedule_on(stored: &Stored) -> Result<f64> {
    let flow = stored.filled.flow;
    let ask = move || requests::create_flow_run(flow);
    Ok(load::run(stored.sandbox.address(), SCHEDULING, ask).await?.rate())
}
