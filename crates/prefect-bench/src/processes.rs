//! `flowrun start` beside `prefect run`: whole processes, from their start to their end.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};
use tempfile::TempDir;
use wait4::Wait4;

use crate::prefect::Prefect;
use crate::task::{FLOW, PROJECT};
use crate::{Result, flowrun};

const ROUNDS: usize = 5;
/// Of ours beside each of theirs, as they take less.
const OURS: usize = 10;

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let server = flowrun::sandbox().await?;
    let prefect = Prefect::with_api(&server.url)?;
    let home = TempDir::new()?;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    // Before anything is measured, all files are in memory.
    used_by(prefect_run(&prefect))?;
    for _ in 0..ROUNDS {
        theirs.push(used_by(prefect_run(&prefect))?);
        for _ in 0..OURS {
            ours.push(used_by(flowrun_start(&server.url, &home)?)?);
        }
    }
    Ok(vec![
        row("time", 50.0, &theirs, &ours, " ms", |used| used.wall.as_secs_f64() * 1e3),
        row("CPU", 50.0, &theirs, &ours, " ms", |used| used.cpu.as_secs_f64() * 1e3),
        row("peak memory", 8.0, &theirs, &ours, " MB", |used| used.peak as f64 / 1e6),
    ])
}

fn prefect_run(prefect: &Prefect) -> Command {
    let mut command = prefect.command("prefect");
    command.args(["run", "--name", FLOW, "--project", PROJECT, "--param", r#"name="Ada""#]);
    command
}

fn flowrun_start(url: &str, home: &TempDir) -> Result<Command> {
    let mut command = Command::new(flowrun::program()?);
    command.args(["start", FLOW, "--project", PROJECT, "--param", "name=Ada"]);
    command.args(["--backend", "server", "--api", url]);
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    Ok(command)
}

fn row(of: &str, least: f64, theirs: &[Used], ours: &[Used], unit: &str, figure: fn(&Used) -> f64) -> Row {
    let (theirs, ours) = (median(theirs.iter().map(figure)), median(ours.iter().map(figure)));
    Row {
        what: format!("{of} of prefect run ÷ of flowrun start"),
        figure: theirs / ours,
        target: Target::AtLeast(least),
        made_of: format!("{theirs:.1}{unit} ÷ {ours:.1}{unit}"),
        ..Row::default()
    }
}

/// What a process took.
struct Used {
    wall: Duration,
    cpu: Duration,
    /// Bytes of memory that it had at the most.
    peak: u64,
}

/// Runs it to its end. Before it is the program that it is to be, a process has the memory of this one: the peak of
/// one that takes less is told too high.
fn used_by(mut command: Command) -> Result<Used> {
    let start = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn()?;
    let ended = process.wait4()?;
    let wall = start.elapsed();
    if !ended.status.success() {
        return Err(format!("{command:?} failed: {}", ended.status).into());
    }
    Ok(Used { wall, cpu: ended.rusage.utime + ended.rusage.stime, peak: ended.rusage.maxrss })
}
