//! What `flowrun start` writes.

use std::io::{self, Write};

use prefect_client::{Flow, FlowId, FlowRun, FlowRunId, ScheduledFlowRun};
use serde::Serialize;

use super::{field, flow_field, json_line, state_field};
use crate::args::Output;

/// The report of a scheduled run: begun when it is scheduled, ended with its state.
pub(crate) struct Report<'a> {
    output: Output,
    run: &'a ScheduledFlowRun,
    told: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    flow_run_id: FlowRunId,
    flow_id: FlowId,
    flow_version: Option<i32>,
    project_name: Option<&'a str>,
    idempotency_key: &'a str,
    state: Option<&'a str>,
    state_message: Option<&'a str>,
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
            (Output::Json, _) => json_line(&mut out, &self.json(ended))?,
            (Output::Text, Some(run)) => state_field(&mut out, &run.state, run.state_message.as_deref())?,
            (Output::Text | Output::Id, _) => {}
        }
        out.flush()
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        field(out, "Flow run", self.run.id)?;
        match &self.run.flow {
            Some(flow) => flow_field(out, flow.name(), flow.version(), flow.project_name()),
            None => Ok(()),
        }
    }

    fn json<'b>(&'b self, ended: Option<&'b FlowRun>) -> Json<'b> {
        let flow = self.run.flow.as_ref();
        Json {
            flow_run_id: self.run.id,
            flow_id: self.run.flow_id,
            flow_version: flow.and_then(Flow::version),
            project_name: flow.map(Flow::project_name),
            idempotency_key: self.run.idempotency_key.as_str(),
            state: ended.map(|run| run.state.name()),
            state_message: ended.and_then(|run| run.state_message.as_deref()),
        }
    }
}
