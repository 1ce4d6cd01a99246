//! `flowrun start`: finds the flow, schedules a run, and waits for it if asked to.

use std::process::ExitCode;

use prefect_client::{FlowRun, FlowRunRequest, ScheduledFlowRun};

use crate::args::{Global, Start};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::follow;
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
    let project = start.project.clone().unwrap_or_default();
    let flow = connection.client.find_flow(&start.flow).in_project(project).await?;
    let scheduled = flow.schedule(request).await?;
    let mut report = Report::begin(global.output, &scheduled);
    if !start.wait {
        report.end(None)?;
        return Ok(ExitCode::SUCCESS);
    }
    // The id is told even when the wait fails: the run exists.
    report.scheduled()?;
    match wait(&scheduled, global, &start).await {
        Ok(run) => {
            report.end(Some(&run))?;
            let code = if run.state.is_successful() { Code::Done } else { Code::RunFailed };
            Ok(code.into())
        }
        Err(failure) => {
            report.end(None)?;
            Err(failure)
        }
    }
}

async fn wait(scheduled: &ScheduledFlowRun, global: &Global, start: &Start) -> Result<FlowRun, Failure> {
    if start.logs {
        return follow::to_the_end(scheduled.watch(), scheduled.id, start.timeout, global).await;
    }
    let wait = scheduled.wait();
    let ended = match start.timeout {
        Some(limit) => wait.timeout(limit).await,
        None => wait.await,
    };
    Ok(ended?)
}
