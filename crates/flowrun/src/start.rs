//! `flowrun start`: finds the flow, schedules a run, and waits for it if asked to.

use std::process::ExitCode;

use prefect_client::{FlowRun, FlowRunRequest, ScheduledFlowRun, WaitError};

use crate::args::{Global, Start};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::output::Report;
use crate::parameters::Object;

pub(crate) async fn run(global: &Global, start: Start) -> Result<ExitCode, Failure> {
    let request = request(&start)?;
    let connection = Connection::open(global).await?;
    let outcome = schedule_and_wait(&connection, global, start, request).await;
    connection.close().await;
    outcome
}

fn request(start: &Start) -> Result<FlowRunRequest, Failure> {
    let parameters = Object::new(&start.parameters)
        .map_err(|name| Failure::usage(format!("the parameter {name} is given twice")))?;
    let mut request = FlowRunRequest::new();
    if !start.parameters.is_empty() {
        request = request.parameters(parameters).map_err(|error| Failure::usage(error.to_string()))?;
    }
    if let Some(key) = &start.idempotency_key {
        request = request.idempotency_key(key.clone());
    }
    Ok(request)
}

async fn schedule_and_wait(
    connection: &Connection,
    global: &Global,
    start: Start,
    request: FlowRunRequest,
) -> Result<ExitCode, Failure> {
    let flow = connection.client.find_flow(start.flow).in_project(start.project.unwrap_or_default()).await?;
    let scheduled = flow.schedule(request).await?;
    let mut report = Report::begin(global.output, &scheduled);
    if !start.wait {
        report.end(None)?;
        return Ok(ExitCode::SUCCESS);
    }
    // The id is told even when the wait fails: the run exists.
    report.scheduled()?;
    match wait(&scheduled, start.timeout).await {
        Ok(run) => {
            report.end(Some(&run))?;
            let code = if run.state.is_successful() { Code::Done } else { Code::RunFailed };
            Ok(code.into())
        }
        Err(error) => {
            report.end(None)?;
            Err(error.into())
        }
    }
}

async fn wait(
    scheduled: &ScheduledFlowRun,
    timeout: Option<std::time::Duration>,
) -> Result<FlowRun, WaitError> {
    let wait = scheduled.wait();
    match timeout {
        Some(limit) => wait.timeout(limit).await,
        None => wait.await,
    }
}
