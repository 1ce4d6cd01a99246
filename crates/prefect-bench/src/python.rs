//! `FlowRunTask::run` beside the task of Prefect 1.4.1 and that of 0.10.7, one call after the other.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

use bench_row::{Row, Target, median};
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::caller::{Caller, Who};
use crate::prefect::Prefect;
use crate::task::{FLOW, PROJECT};
use crate::{Result, cpu, exchange, flowrun};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/calls.py");
const ROUNDS: usize = 5;
/// Calls of a round: ours take less, so there are more.
const THEIR_CALLS: u32 = 50;
const OUR_CALLS: u32 = 500;

pub(crate) fn measure(runtime: &Runtime) -> Result<Vec<Row>> {
    let server = runtime.block_on(flowrun::sandbox())?;
    let mut python = Python::start(&Prefect::with_api(&server.url)?)?;
    let exchanges = runtime.block_on(exchange::of_one_run_with(&server.url))?;
    let ours = Caller::new(Who::Ours, &server.url, &exchanges)?;
    let least = Caller::new(Who::Least, &server.url, &exchanges)?;
    let mut rows = Vec::new();
    for (way, name) in [("1.4.1", "StartFlowRun.run() of 1.4.1"), ("0.10.7", "two requests as of 0.10.7")] {
        let mut rounds = Vec::new();
        for _ in 0..=ROUNDS {
            rounds.push(Round {
                theirs: python.calls(way)?,
                ours: runtime.block_on(calls(&ours))?,
                least: runtime.block_on(calls(&least))?,
            });
        }
        // The first one opens connections and loads code.
        rounds.remove(0);
        let target = Target::AtLeast;
        rows.push(row(name, "CPU", "FlowRunTask::run", target(30.0), &rounds, |r| {
            (r.theirs.cpu, r.ours.cpu)
        }));
        rows.push(row(name, "time", "FlowRunTask::run", target(4.0), &rounds, |r| {
            (r.theirs.wall, r.ours.wall)
        }));
        rows.push(row(name, "CPU", "the least client", Target::None, &rounds, |r| {
            (r.theirs.cpu, r.least.cpu)
        }));
    }
    Ok(rows)
}

/// What a call of each took.
struct Round {
    theirs: Took,
    ours: Took,
    least: Took,
}

fn row(
    name: &str,
    of: &str,
    whose: &str,
    target: Target,
    rounds: &[Round],
    sides: fn(&Round) -> (f64, f64),
) -> Row {
    let per_call = |side: fn((f64, f64)) -> f64| median(rounds.iter().map(|round| side(sides(round)))) * 1e3;
    Row {
        what: format!("{name}: {of} of a call ÷ that of {whose}"),
        figure: median(rounds.iter().map(|round| sides(round).0 / sides(round).1)),
        target,
        made_of: format!("{:.2} ms ÷ {:.3} ms", per_call(|side| side.0), per_call(|side| side.1)),
        ..Row::default()
    }
}

/// Seconds of a call.
#[derive(Deserialize)]
struct Took {
    cpu: f64,
    wall: f64,
}

impl Took {
    fn of_each(self, calls: u32) -> Self {
        Self { cpu: self.cpu / f64::from(calls), wall: self.wall / f64::from(calls) }
    }
}

/// Half as many calls before those that are counted: the first hundreds of a turn take up to half as much CPU again. It is
/// the same with theirs.
async fn calls(caller: &Caller) -> Result<Took> {
    for _ in 0..OUR_CALLS / 2 {
        caller.call().await?;
    }
    let (start, used) = (Instant::now(), cpu::used());
    for _ in 0..OUR_CALLS {
        caller.call().await?;
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), (cpu::used() - used).as_secs_f64());
    Ok(Took { cpu, wall }.of_each(OUR_CALLS))
}

/// Prefect's client in a process that makes calls when it is told to. It ends when it is dropped, as its input does.
struct Python {
    _process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start(prefect: &Prefect) -> Result<Self> {
        let mut command = prefect.command("python");
        command.args([SCRIPT, FLOW, PROJECT]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let (orders, answers) =
            process.stdin.take().zip(process.stdout.take()).ok_or("the process has no pipes")?;
        Ok(Self { _process: process, orders, answers: BufReader::new(answers) })
    }

    fn calls(&mut self, way: &str) -> Result<Took> {
        writeln!(self.orders, "{way} {THEIR_CALLS}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let took: Took = serde_json::from_str(&answer).map_err(|_| "Prefect's client failed, see above")?;
        Ok(took.of_each(THEIR_CALLS))
    }
}
