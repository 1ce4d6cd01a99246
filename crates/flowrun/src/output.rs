//! What is written to standard output: the one thing that other programs read.

use std::io::{self, Write};

use prefect_client::{FlowRun, FlowRunId, ScheduledFlowRun, State};
use serde::Serialize;

use crate::args::Output;

/// The report of a scheduled run: begun when it is scheduled, ended with its state.
pub(crate) struct Report<'a> {
    output: Output,
    run: &'a ScheduledFlowRun,
    told: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    flow_run_id: String,
    flow_id: String,
    flow_version: Option<i32>,
    project_name: Option<&'a str>,
    idempotency_key: &'a str,
    state: Option<&'a str>,
    state_message: Option<&'a str>,
}

/// Tells the state that a run is in.
pub(crate) fn state(output: Output, id: FlowRunId, state: &State) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match output {
        Output::Text => writeln!(out, "Flow run  {id}\nState     {state}")?,
        Output::Id => writeln!(out, "{id}")?,
        Output::Json => {
            let json = serde_json::json!({ "flow_run_id": id.to_string(), "state": state.name() });
            writeln!(out, "{json}")?;
        }
    }
    out.flush()
}

impl<'a> Report<'a> {
    pub(crate) fn begin(output: Output, run: &'a ScheduledFlowRun) -> Self {
        Self { output, run, told: false }
    }

    /// Tells what is known before a wait, where that can stand apart from what follows.
    pub(crate) fn scheduled(&mut self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.output {
            Output::Json => return Ok(()),
            _ if self.told => return Ok(()),
            Output::Id => writeln!(out, "{}", self.run.id)?,
            Output::Text => self.text(&mut out)?,
        }
        self.told = true;
        out.flush()
    }

    /// Tells the rest: the state the run ended in, if it was waited for.
    pub(crate) fn end(&mut self, ended: Option<&FlowRun>) -> io::Result<()> {
        self.scheduled()?;
        let mut out = io::stdout().lock();
        match (self.output, ended) {
            (Output::Json, _) => {
                serde_json::to_writer(&mut out, &self.json(ended))?;
                writeln!(out)?;
            }
            (Output::Text, Some(run)) => {
                write!(out, "State     {}", run.state)?;
                match run.state_message.as_deref().filter(|message| !message.is_empty()) {
                    Some(message) => writeln!(out, ": {message}")?,
                    None => writeln!(out)?,
                }
            }
            (Output::Text | Output::Id, _) => {}
        }
        out.flush()
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "Flow run  {}", self.run.id)?;
        if let Some(flow) = &self.run.flow {
            write!(out, "Flow      {}", flow.name())?;
            if let Some(version) = flow.version() {
                write!(out, ", version {version}")?;
            }
            writeln!(out, ", in {}", flow.project_name())?;
        }
        Ok(())
    }

    fn json<'b>(&'b self, ended: Option<&'b FlowRun>) -> Json<'b> {
        let flow = self.run.flow.as_ref();
        Json {
            flow_run_id: self.run.id.to_string(),
            flow_id: self.run.flow_id.to_string(),
            flow_version: flow.and_then(prefect_client::Flow::version),
            project_name: flow.map(prefect_client::Flow::project_name),
            idempotency_key: self.run.idempotency_key.as_str(),
            state: ended.map(|run| run.state.name()),
            state_message: ended.and_then(|run| run.state_message.as_deref()),
        }
    }
}
