//! What is written to standard output: the one thing that other programs read.
//!
//! Here are the parts that several commands write; what only one writes has a file of its own.

pub(crate) mod details;
pub(crate) mod dry_run;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod report;
mod table;

use std::fmt::Display;
use std::io::{self, Write};

use jiff::Timestamp;
use prefect_client::{FlowRunId, State};
use serde::Serialize;

use crate::args::Output;
use crate::style::{Stream, of_state};

/// Tells the state that a run is in.
pub(crate) fn state(output: Output, id: FlowRunId, state: &State, message: Option<&str>) -> io::Result<()> {
    #[derive(Serialize)]
    struct Json<'a> {
        flow_run_id: FlowRunId,
        state: &'a str,
        state_message: Option<&'a str>,
    }
    let mut out = io::stdout().lock();
    match output {
        Output::Text => {
            field(&mut out, "Flow run", id)?;
            state_field(&mut out, state, message)?;
        }
        Output::Id => writeln!(out, "{id}")?,
        Output::Json => {
            json_line(&mut out, &Json { flow_run_id: id, state: state.name(), state_message: message })?;
        }
    }
    out.flush()
}

/// Tells the name that a run has now.
pub(crate) fn name(output: Output, id: FlowRunId, name: &str) -> io::Result<()> {
    #[derive(Serialize)]
    struct Json<'a> {
        flow_run_id: FlowRunId,
        name: &'a str,
    }
    let mut out = io::stdout().lock();
    match output {
        Output::Text => {
            field(&mut out, "Flow run", id)?;
            field(&mut out, "Name", name)?;
        }
        Output::Id => writeln!(out, "{id}")?,
        Output::Json => json_line(&mut out, &Json { flow_run_id: id, name })?,
    }
    out.flush()
}

/// A line with a name and its value.
fn field(out: &mut impl Write, name: &str, value: impl Display) -> io::Result<()> {
    writeln!(out, "{name:<12}{value}")
}

fn state_field(out: &mut impl Write, state: &State, message: Option<&str>) -> io::Result<()> {
    let style = Stream::Stdout.style(of_state(state));
    match message.filter(|message| !message.is_empty()) {
        Some(message) => field(out, "State", format_args!("{style}{state}{style:#}: {message}")),
        None => field(out, "State", format_args!("{style}{state}{style:#}")),
    }
}

fn flow_field(out: &mut impl Write, name: &str, version: Option<i32>, project_name: &str) -> io::Result<()> {
    match version {
        Some(version) => field(out, "Flow", format_args!("{name}, version {version}, in {project_name}")),
        None => field(out, "Flow", format_args!("{name}, in {project_name}")),
    }
}

fn json_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

/// In UTC, to the second.
fn time(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
