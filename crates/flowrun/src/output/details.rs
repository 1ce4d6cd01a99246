//! What `flowrun show` writes.

use std::io::{self, Write};

use jiff::Timestamp;
use prefect_client::schema::Json as JsonText;
use prefect_client::{
    AgentId, FlowId, FlowRunDetails, FlowRunId, PastState, TaskRun, TaskRunId, TaskRunResult,
};
use serde::Serialize;

use super::{field, flow_field, json_line, state_field, table, time};
use crate::args::Output;

/// A run with all that there is to tell of it.
pub(crate) struct Details<'a> {
    pub(crate) run: &'a FlowRunDetails,
    pub(crate) task_runs: &'a [TaskRun],
    /// Its page in the user interface.
    pub(crate) url: Option<&'a str>,
}

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
    parameters: Option<&'a JsonText>,
    context: Option<&'a JsonText>,
    run_config: Option<&'a JsonText>,
    idempotency_key: Option<&'a str>,
    auto_scheduled: bool,
    agent_id: Option<AgentId>,
    created: Timestamp,
    updated: Timestamp,
    scheduled_start_time: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    url: Option<&'a str>,
    states: Vec<JsonState<'a>>,
    task_runs: Vec<JsonTaskRun<'a>>,
}

#[derive(Serialize)]
struct JsonState<'a> {
    state: &'a str,
    message: Option<&'a str>,
    timestamp: Timestamp,
}

#[derive(Serialize)]
struct JsonTaskRun<'a> {
    task_run_id: TaskRunId,
    slug: &'a str,
    name: Option<&'a str>,
    map_index: Option<u32>,
    state: &'a str,
    state_message: Option<&'a str>,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    result_location: Option<&'a str>,
}

impl Details<'_> {
    pub(crate) fn write(&self, output: Output) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match output {
            Output::Text => self.text(&mut out)?,
            Output::Id => writeln!(out, "{}", self.run.id)?,
            Output::Json => json_line(&mut out, &self.json())?,
        }
        out.flush()
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let run = self.run;
        field(out, "Flow run", run.id)?;
        field(out, "Name", &run.name)?;
        flow_field(out, &run.flow.name, run.flow.version, &run.flow.project_name)?;
        state_field(out, &run.state, run.state_message.as_deref())?;
        if !run.labels.is_empty() {
            field(out, "Labels", run.labels.join(", "))?;
        }
        if let Some(parameters) = &run.parameters {
            field(out, "Parameters", parameters.get())?;
        }
        self.times(out)?;
        if let Some(url) = self.url {
            field(out, "Link", url)?;
        }
        if self.task_runs.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        table::write(out, ["TASK", "STATE", "START", "END", "MESSAGE"], self.task_runs.iter().map(row))
    }

    fn times(&self, out: &mut impl Write) -> io::Result<()> {
        let run = self.run;
        field(out, "Created", time(run.created))?;
        field(out, "Scheduled", time(run.scheduled_start_time))?;
        if let Some(started) = run.start_time {
            field(out, "Started", time(started))?;
        }
        match run.end_time {
            Some(ended) => field(out, "Ended", time(ended)),
            None => Ok(()),
        }
    }

    fn json(&self) -> Json<'_> {
        let run = self.run;
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
            parameters: run.parameters.as_ref(),
            context: run.context.as_ref(),
            run_config: run.run_config.as_ref(),
            idempotency_key: run.idempotency_key.as_deref(),
            auto_scheduled: run.auto_scheduled,
            agent_id: run.agent_id,
            created: run.created,
            updated: run.updated,
            scheduled_start_time: run.scheduled_start_time,
            start_time: run.start_time,
            end_time: run.end_time,
            url: self.url,
            states: run.states.iter().map(JsonState::from).collect(),
            task_runs: self.task_runs.iter().map(JsonTaskRun::from).collect(),
        }
    }
}

fn row(task_run: &TaskRun) -> [String; 5] {
    let index = task_run.map_index.map(|index| format!("[{index}]")).unwrap_or_default();
    let name = task_run.name.as_ref().unwrap_or(&task_run.slug);
    [
        format!("{name}{index}"),
        task_run.state.to_string(),
        task_run.start_time.map(time).unwrap_or_default(),
        task_run.end_time.map(time).unwrap_or_default(),
        task_run.state_message.clone().unwrap_or_default(),
    ]
}

impl<'a> From<&'a PastState> for JsonState<'a> {
    fn from(past: &'a PastState) -> Self {
        Self { state: past.state.name(), message: past.message.as_deref(), timestamp: past.timestamp }
    }
}

impl<'a> From<&'a TaskRun> for JsonTaskRun<'a> {
    fn from(task_run: &'a TaskRun) -> Self {
        Self {
            task_run_id: task_run.id,
            slug: &task_run.slug,
            name: task_run.name.as_deref(),
            map_index: task_run.map_index,
            state: task_run.state.name(),
            state_message: task_run.state_message.as_deref(),
            start_time: task_run.start_time,
            end_time: task_run.end_time,
            result_location: match &task_run.result {
                TaskRunResult::Stored(result) => Some(&result.location),
                _ => None,
            },
        }
    }
}
