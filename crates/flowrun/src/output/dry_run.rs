//! What `flowrun start --dry-run` writes.

use std::io::{self, Write};

use prefect_client::{Flow, FlowId, IdempotencyKey, Parameters, StartTime};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{field, flow_field, json_line};
use crate::args::Output;
use crate::named_json::Object;
use crate::request::Plan;

/// What would be scheduled.
pub(crate) struct DryRun<'a> {
    pub(crate) flow: &'a Flow,
    /// The labels that the run would have.
    pub(crate) labels: &'a [String],
    pub(crate) plan: &'a Plan,
}

#[derive(Serialize)]
struct Json<'a> {
    dry_run: bool,
    flow_id: FlowId,
    flow_name: &'a str,
    flow_version: Option<i32>,
    project_name: &'a str,
    labels: &'a [String],
    parameters: Option<&'a Parameters>,
    context: Option<&'a Object>,
    run_config: Option<&'a RawValue>,
    run_name: Option<&'a str>,
    scheduled_start_time: Option<&'a str>,
    idempotency_key: Option<&'a str>,
}

impl DryRun<'_> {
    /// Writes it. There is no run, so `--output id` writes nothing.
    pub(crate) fn write(&self, output: Output) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match output {
            Output::Text => self.text(&mut out)?,
            Output::Json => json_line(&mut out, &self.json())?,
            Output::Id => {}
        }
        out.flush()
    }

    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { flow, labels, plan } = self;
        field(out, "Dry run", "nothing is scheduled")?;
        flow_field(out, flow.name(), flow.version(), flow.project_name())?;
        field(out, "Flow id", flow.id())?;
        field(out, "Labels", if labels.is_empty() { "none".to_owned() } else { labels.join(", ") })?;
        if let Some(parameters) = &plan.parameters {
            field(out, "Parameters", parameters.get())?;
        }
        if let Some(context) = &plan.context {
            field(out, "Context", serde_json::to_string(context)?)?;
        }
        if let Some(run_config) = &plan.run_config {
            field(out, "Run config", run_config)?;
        }
        if let Some(name) = &plan.run_name {
            field(out, "Run name", name)?;
        }
        if let Some(start) = &plan.start {
            field(out, "Start", start.as_str())?;
        }
        match &plan.idempotency_key {
            Some(key) => field(out, "Key", key),
            None => Ok(()),
        }
    }

    fn json(&self) -> Json<'_> {
        let Self { flow, labels, plan } = self;
        Json {
            dry_run: true,
            flow_id: flow.id(),
            flow_name: flow.name(),
            flow_version: flow.version(),
            project_name: flow.project_name(),
            labels,
            parameters: plan.parameters.as_ref(),
            context: plan.context.as_ref(),
            run_config: plan.run_config.as_deref(),
            run_name: plan.run_name.as_deref(),
            scheduled_start_time: plan.start.as_ref().map(StartTime::as_str),
            idempotency_key: plan.idempotency_key.as_ref().map(IdempotencyKey::as_str),
        }
    }
}
