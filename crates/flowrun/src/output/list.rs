//! What `flowrun list` writes.

use std::io::{self, Write};

use jiff::Timestamp;
use prefect_client::{FlowId, FlowRunId, FlowRunSummary};
use serde::Serialize;

use super::{json_line, table, time};
use crate::args::Output;

#[derive(Serialize)]
struct Json<'a> {
    flow_run_id: FlowRunId,
    name: &'a str,
    state: &'a str,
    state_message: Option<&'a str>,
    flow_id: FlowId,
    flow_name: &'a str,
    flow_version: Option<i32>,
    project_name: &'a str,
    labels: &'a [String],
    created: Timestamp,
    scheduled_start_time: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
}

/// Writes all runs for people.
pub(crate) fn table(runs: &[FlowRunSummary]) -> io::Result<()> {
    let headings = ["ID", "NAME", "FLOW", "PROJECT", "STATE", "START"];
    let rows = runs.iter().map(|run| {
        [
            run.id.to_string(),
            run.name.clone(),
            run.flow.name.clone(),
            run.flow.project_name.clone(),
            run.state.to_string(),
            time(run.start_time.unwrap_or(run.scheduled_start_time)),
        ]
    });
    table::write(&mut io::stdout().lock(), headings, rows)
}

/// Writes a run for programs, a line.
pub(crate) fn line(output: Output, run: &FlowRunSummary) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match output {
        Output::Json => json_line(&mut out, &json(run)),
        Output::Text | Output::Id => writeln!(out, "{}", run.id),
    }
}

fn json(run: &FlowRunSummary) -> Json<'_> {
    Json {
        flow_run_id: run.id,
        name: &run.name,
        state: run.state.name(),
        state_message: run.state_message.as_deref(),
        flow_id: run.flow.id,
        flow_name: &run.flow.name,
        flow_version: run.flow.version,
        project_name: &run.flow.project_name,
        labels: &run.labels,
        created: run.created,
        scheduled_start_time: run.scheduled_start_time,
        start_time: run.start_time,
        end_time: run.end_time,
    }
}
