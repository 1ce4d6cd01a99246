//! Many waits at once: the requests, the CPU and the memory that they take.

use std::ops::Range;
use std::time::Duration;

use bench_row::{Row, Target};
use futures_util::{Stream, StreamExt};
use prefect_client::{Client, FlowRun, FlowRunId, Polling, State, WaitError};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::heap::Heap;
use crate::run_server::{self, Counts, Told};
use crate::server::Server;
use crate::{Result, cpu};

/// Two ticks are told apart by what is asked for, so the pause between them may be short.
const PAUSE: Duration = Duration::from_millis(1);

/// A pause that never ends while this is measured.
const FOR_EVER: Duration = Duration::from_secs(3600);

pub(crate) fn measure(runtime: &Runtime) -> Result<Vec<Row>> {
    let mut rows = of(runtime, Told { runs: 1_000, ticks: 1_000 }, 2.0)?;
    rows.extend(of(runtime, Told { runs: 100_000, ticks: 10 }, 200.0)?);
    Ok(rows)
}

fn of(runtime: &Runtime, told: Told, requests: f64) -> Result<Vec<Row>> {
    let Told { runs, ticks } = told;
    let held = held(runtime, told)?;
    // What is done once does not count.
    let (once, _) = wait(runtime, Told { runs, ticks: 0 })?;
    let (cpu, asked) = wait(runtime, told)?;
    let of_a_tick = (cpu.as_secs_f64() - once.as_secs_f64()) / ticks as f64;
    Ok(vec![
        Row {
            what: format!("waiting on {runs} runs: requests per tick"),
            figure: asked as f64 / ticks as f64,
            target: Target::AtMost(requests),
            made_of: format!("{asked} in {ticks} ticks"),
            counted: true,
            ..Row::default()
        },
        Row {
            what: format!("waiting on {runs} runs: memory per wait"),
            figure: held / runs as f64,
            unit: " B".to_owned(),
            target: Target::AtMost(2048.0),
            made_of: format!("{:.1} MB between two ticks", held / 1e6),
            counted: true,
        },
        Row {
            what: format!("waiting on {runs} runs: client's CPU per tick"),
            figure: of_a_tick * 1e3,
            unit: " ms".to_owned(),
            made_of: format!("{:.2} µs a wait", of_a_tick * 1e6 / runs as f64),
            ..Row::default()
        },
        Row {
            what: format!("waiting on {runs} runs: client's CPU of a wait that ends at the second look"),
            figure: once.as_secs_f64() * 1e6 / runs as f64,
            unit: " µs".to_owned(),
            ..Row::default()
        },
    ])
}

/// The bytes of heap that so many waits hold when they have been told of their runs, connections included.
fn held(runtime: &Runtime, told: Told) -> Result<f64> {
    let server = runtime.block_on(Server::start(run_server::SUBJECT, &told))?;
    let mut heap = Heap::default();
    let _kept = heap.peak(runtime, async {
        let client = client(&server, FOR_EVER)?;
        let mut waits = waits(&client, 0..told.runs + 1);
        // The one that has ended; it is told of together with the others.
        waits.next().await.ok_or("no run ended")?.1?;
        Ok((client, waits))
    })?;
    Ok(heap.held())
}

/// Waits on the runs to their end; the CPU time, and how many requests the ticks took.
fn wait(runtime: &Runtime, told: Told) -> Result<(Duration, usize)> {
    runtime.block_on(async {
        let server = Server::start(run_server::SUBJECT, &told).await?;
        let used = cpu::used();
        let client = client(&server, PAUSE)?;
        let mut waits = waits(&client, 0..told.runs);
        while let Some((_, run)) = waits.next().await {
            if run?.state != State::Success {
                return Err("a run did not end as it was to".into());
            }
        }
        Ok((cpu::used() - used, server.counts::<Counts>().await?.requests))
    })
}

fn client(server: &Server, pause: Duration) -> Result<Client> {
    let polling = Polling::default().min_interval(pause).max_interval(pause);
    Ok(Client::builder().api(&server.url).polling(polling).build()?)
}

fn waits(
    client: &Client,
    runs: Range<usize>,
) -> impl Stream<Item = (FlowRunId, Result<FlowRun, WaitError>)> + Unpin + use<> {
    client.wait_many(runs.map(|run| FlowRunId(Uuid::from_u128(run as u128))))
}
