//! The lines of a run's log, and the states between them.

use std::io::{self, Write};

use jiff::Timestamp;
use prefect_client::{LogLevel, LogLine, StateChange, TaskRunId};
use serde::Serialize;

use super::{json_line, time};
use crate::args::Output;
use crate::style::{Stream, of_level, of_state};

#[derive(Serialize)]
struct Json<'a> {
    id: String,
    timestamp: Timestamp,
    level: &'a str,
    logger: &'a str,
    message: &'a str,
    task_run_id: Option<TaskRunId>,
}

/// Writes a line, unless it is of a level below `level`.
pub(crate) fn write(output: Output, level: Option<&LogLevel>, line: &LogLine) -> io::Result<()> {
    if level.is_some_and(|level| line.level < *level) {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    match output {
        Output::Text => writeln!(out, "{}", text(line, Stream::Stdout))?,
        Output::Id => writeln!(out, "{}", line.id)?,
        Output::Json => json_line(&mut out, &json(line))?,
    }
    out.flush()
}

/// A line of the log for people.
pub(crate) fn text(line: &LogLine, stream: Stream) -> String {
    let style = stream.style(of_level(&line.level));
    let (time, level) = (time(line.timestamp), &line.level);
    format!("{time}  {style}{level:<9}{style:#} {}: {}", line.logger, line.message)
}

/// A state for people.
pub(crate) fn state_text(change: &StateChange, stream: Stream) -> String {
    let style = stream.style(of_state(&change.state));
    let message = change.message.as_deref().unwrap_or_default();
    let (time, state) = (time(change.timestamp), &change.state);
    format!("{time}  {style}{state:<9}{style:#} {message}").trim_end().to_owned()
}

fn json(line: &LogLine) -> Json<'_> {
    Json {
        id: line.id.to_string(),
        timestamp: line.timestamp,
        level: line.level.name(),
        logger: &line.logger,
        message: &line.message,
        task_run_id: line.task_run_id,
    }
}
