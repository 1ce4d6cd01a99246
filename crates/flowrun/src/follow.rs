//! Shows a run's states and its log while the run goes on.

use std::cell::Cell;
use std::io::{self, Write};
use std::time::Duration;

use prefect_client::{FlowRun, FlowRunId, WaitError, Watch, WatchError, WatchEvent};
use tokio::time::{Instant, timeout_at};

use crate::args::{Global, Output};
use crate::failure::Failure;
use crate::output::log;
use crate::style::Stream;

/// The longest limit that there is, some thirty years, and the one of a run that has none.
const FOREVER: Duration = Duration::from_secs(1_000_000_000);

/// Shows all that happens to the run, until it is finished and its log is whole; the run as it is then.
/// `finished` tells meanwhile whether only the log is waited for.
pub(crate) async fn to_the_end(
    watch: Watch,
    id: FlowRunId,
    limit: Option<Duration>,
    finished: &Cell<bool>,
    global: &Global,
) -> Result<FlowRun, Failure> {
    // The built-in agent writes nothing after the final state.
    let mut watch = if global.sandbox { watch.grace(Duration::ZERO) } else { watch };
    let limit = limit.map_or(FOREVER, |limit| limit.min(FOREVER));
    let deadline = Instant::now() + limit;
    loop {
        match timeout_at(deadline, watch.next()).await {
            Ok(Some(event)) => {
                show(&event?, global.output)?;
                finished.set(watch.flow_run().is_some_and(|run| run.state.is_finished()));
            }
            Ok(None) => return watch.flow_run().cloned().ok_or(WatchError::NotFound { id }.into()),
            Err(_) => return at_the_limit(watch.flow_run(), id, limit),
        }
    }
}

/// What the wait comes to when its time is over: a run that is finished was only waited for on account of
/// the last lines of its log.
fn at_the_limit(run: Option<&FlowRun>, id: FlowRunId, limit: Duration) -> Result<FlowRun, Failure> {
    match run {
        Some(run) if run.state.is_finished() => Ok(run.clone()),
        run => {
            let state = run.map(|run| run.state.clone());
            Err(WaitError::TimedOut { id, after: limit, state }.into())
        }
    }
}

/// A line for an event: on standard output where people read it, beside what programs read there.
fn show(event: &WatchEvent, output: Output) -> io::Result<()> {
    let stream = match output {
        Output::Text => Stream::Stdout,
        Output::Json | Output::Id => Stream::Stderr,
    };
    let text = match event {
        WatchEvent::State(change) => log::state_text(change, stream),
        WatchEvent::Log(line) => log::text(line, stream),
        _ => return Ok(()),
    };
    match stream {
        Stream::Stdout => writeln!(io::stdout(), "{text}"),
        Stream::Stderr => writeln!(io::stderr(), "{text}"),
    }
}
