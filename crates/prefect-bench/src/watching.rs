//! Watching a run with a long log: lines per second, memory, and how often a line is fetched.

use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};
use prefect_client::{Client, FlowRunId, Polling, WatchEvent};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::heap::Heap;
use crate::log_server::{self, Counts, Told};
use crate::server::Server;
use crate::{Result, cpu};

const SHORT: Told = Told { lines: 100_000, grows: false };
const LONG: Told = Told { lines: 1_000_000, grows: false };
const GROWING: Told = Told { lines: 100_000, grows: true };
const ROUNDS: usize = 3;
/// A log that grows does so when it is looked at, so the pause may be short.
const PAUSE: Duration = Duration::from_millis(1);

pub(crate) fn measure(runtime: &Runtime) -> Result<Vec<Row>> {
    let long = runtime.block_on(watch(LONG))?;
    let growing = runtime.block_on(watch(GROWING))?;
    Ok(vec![
        fetched("a log that is there", LONG, &long.counts),
        fetched("a log that grows, one batch in 20 being late", GROWING, &growing.counts),
        memory(runtime)?,
        throughput(runtime)?,
    ])
}

/// A client reads as many lines of both, the short log being watched again and again: on a connection the buffer for what
/// arrives grows for a while.
fn memory(runtime: &Runtime) -> Result<Row> {
    let (long, short) = (peak(runtime, LONG, 1)?, peak(runtime, SHORT, LONG.lines / SHORT.lines)?);
    Ok(Row {
        what: format!("peak memory of watching {} lines ÷ {} lines", LONG.lines, SHORT.lines),
        figure: long / short,
        target: Target::AtMost(1.2),
        made_of: format!("{:.0} kB ÷ {:.0} kB", long / 1e3, short / 1e3),
        ..Row::default()
    })
}

/// The most bytes that watching it so many times in a row held, of some rounds: a page takes more or less by how its bytes
/// happen to arrive.
fn peak(runtime: &Runtime, told: Told, times: usize) -> Result<f64> {
    let mut most = 0_f64;
    for _ in 0..ROUNDS {
        let (_, peak) = Heap::default().peak(runtime, watch_again(told, times))?;
        most = most.max(peak);
    }
    Ok(most)
}

fn fetched(of: &str, told: Told, counts: &Counts) -> Row {
    Row {
        what: format!("how often a line is fetched, at the most: {of}"),
        figure: f64::from(counts.most),
        target: Target::AtMost(2.0),
        made_of: format!("{} fetched for {}", counts.fetched, told.lines),
        counted: true,
        ..Row::default()
    }
}

fn throughput(runtime: &Runtime) -> Result<Row> {
    let (mut rates, mut cpus) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let watched = runtime.block_on(watch(LONG))?;
        rates.push(LONG.lines as f64 / watched.lasted.as_secs_f64());
        cpus.push(watched.cpu.as_secs_f64() * 1e6 / LONG.lines as f64);
    }
    Ok(Row {
        what: format!("lines per second of a log of {}", LONG.lines),
        figure: median(rates),
        unit: "/s".to_owned(),
        target: Target::AtLeast(200_000.0),
        made_of: format!("{:.2} µs of the client's CPU each", median(cpus)),
        ..Row::default()
    })
}

struct Watched {
    counts: Counts,
    lasted: Duration,
    cpu: Duration,
}

/// Watches the run to its end.
async fn watch(told: Told) -> Result<Watched> {
    watch_again(told, 1).await
}

/// The same so many times, by one client.
async fn watch_again(told: Told, times: usize) -> Result<Watched> {
    let server = Server::start(log_server::SUBJECT, &told).await?;
    let polling = Polling::default().min_interval(PAUSE).max_interval(PAUSE);
    let client = Client::builder().api(&server.url).polling(polling).build()?;
    let (start, used) = (Instant::now(), cpu::used());
    let mut lines = 0;
    for _ in 0..times {
        let mut watch = client.watch(FlowRunId(Uuid::nil()));
        while let Some(event) = watch.next().await {
            lines += usize::from(matches!(event?, WatchEvent::Log(_)));
        }
    }
    let (lasted, cpu) = (start.elapsed(), cpu::used() - used);
    if lines != told.lines * times {
        return Err(format!("{lines} lines were told, not {} times {}", times, told.lines).into());
    }
    Ok(Watched { counts: server.counts().await?, lasted, cpu })
}
