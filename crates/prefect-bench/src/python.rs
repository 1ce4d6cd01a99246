//! `FlowRunTask::run` beside the task of Prefect 1.4.1 and that of 0.10.7, one call after the other.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

use bench_row::{Row, Target};
use prefect_client::Client;
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::median::median;
use crate::prefect::Prefect;
use crate::server::Server;
use crate::task::{FLOW, PROJECT, task};
use crate::{Result, cpu, sandbox_server};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/calls.py");
const ROUNDS: usize = 5;
/// Calls of a round: ours take less, so there are more.
const THEIR_CALLS: u32 = 50;
const OUR_CALLS: u32 = 500;

pub(crate) fn measure(runtime: &Runtime) -> Result<Vec<Row>> {
    let server = runtime.block_on(Server::start(sandbox_server::SUBJECT, &()))?;
    let mut python = Python::start(&Prefect::with_api(&server.url)?)?;
    let client = Client::builder().api(&server.url).build()?;
    let mut rows = Vec::new();
    for (way, name) in [("1.4.1", "StartFlowRun.run() of 1.4.1"), ("0.10.7", "two requests as of 0.10.7")] {
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let took = (python.calls(way)?, runtime.block_on(calls(&client))?);
            // The first one opens connections and loads code.
            if round > 0 {
                theirs.push(took.0);
                ours.push(took.1);
            }
        }
        rows.push(row(name, "CPU per call", 30.0, &theirs, &ours, |took| took.cpu));
        rows.push(row(name, "time per call", 4.0, &theirs, &ours, |took| took.wall));
    }
    Ok(rows)
}

fn row(name: &str, of: &str, least: f64, theirs: &[Took], ours: &[Took], figure: fn(&Took) -> f64) -> Row {
    let per_call = |tooks: &[Took]| median(tooks.iter().map(figure)) * 1e3;
    Row {
        what: format!("{name}: its client's {of} ÷ that of FlowRunTask::run"),
        figure: median(theirs.iter().zip(ours).map(|(theirs, ours)| figure(theirs) / figure(ours))),
        target: Target::AtLeast(least),
        made_of: format!("{:.2} ms ÷ {:.3} ms", per_call(theirs), per_call(ours)),
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

async fn calls(client: &Client) -> Result<Took> {
    let task = task()?;
    let (start, used) = (Instant::now(), cpu::used());
    for _ in 0..OUR_CALLS {
        task.run(client).await?;
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
