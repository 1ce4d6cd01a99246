//! `flowrun start`: finds the flow, schedules a run, and waits for it if asked to.

use std::io;
use std::pin::pin;
use std::process::ExitCode;

use futures_util::future::{Either, select};
use prefect_client::{
    Client, FindFlowError, Flow, FlowReference, FlowRunRequest, IdempotencyKey, ScheduleError,
    ScheduledFlowRun,
};

use crate::args::{Global, Start};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::interrupt::Interrupt;
use crate::notes::warn;
use crate::output::dry_run::DryRun;
use crate::output::report::Report;
use crate::plan::Plan;
use crate::waiting::Waiting;

pub(crate) async fn run(global: &Global, start: &Start) -> Result<ExitCode, Failure> {
    let plan = Plan::new(start)?;
    let request = plan.request()?;
    let connection = Connection::open(global).await?;
    let client = &connection.client;
    let outcome = match start.dry_run {
        true => show_plan(client, global, start, &plan, &request).await,
        false => schedule_and_wait(client, global, start, &plan, request).await,
    };
    connection.close().await;
    outcome
}

async fn find(client: &Client, start: &Start) -> Result<Flow, FindFlowError> {
    match start.reference() {
        Some(reference) => client.flow_by(reference).await,
        None => {
            let name = start.flow.as_deref().unwrap_or_default();
            client.find_flow(name).in_project(start.project.as_deref().unwrap_or_default()).await
        }
    }
}

async fn show_plan(
    client: &Client,
    global: &Global,
    start: &Start,
    plan: &Plan,
    request: &FlowRunRequest,
) -> Result<ExitCode, Failure> {
    let flow = find(client, start).await?;
    flow.check_parameters(plan.parameters.as_ref()).map_err(ScheduleError::from)?;
    let labels = flow.effective_labels(request);
    DryRun { flow: &flow, labels: &labels, plan }.write(global.output)?;
    warn_without_agent(client, global, Some(&labels)).await;
    Ok(ExitCode::SUCCESS)
}

async fn schedule_and_wait(
    client: &Client,
    global: &Global,
    start: &Start,
    plan: &Plan,
    request: FlowRunRequest,
) -> Result<ExitCode, Failure> {
    let found = find(client, start).await;
    let mut interrupt = Interrupt::listen()?;
    let (scheduled, labels) = match found {
        Ok(flow) => {
            let labels = flow.effective_labels(&request);
            (schedule(&flow, plan, request, &mut interrupt).await?, Some(labels))
        }
        // Its labels are not known, so nothing can be told of agents.
        Err(error) => (of_archived(client, error, plan, request, &mut interrupt).await?, None),
    };
    let mut report = Report::begin(global.output, &scheduled);
    let waiting = Waiting::new(start.timeout, start.logs);
    let interrupted = || waiting.interrupted(global, scheduled.id);
    let untold = |error: io::Error| Failure::untold(scheduled.id, &error);
    if !start.wait {
        report.end(None).map_err(untold)?;
        let warned = async {
            warn_without_agent(client, global, labels.as_deref()).await;
            Ok(ExitCode::SUCCESS)
        };
        return interrupt.or(warned, interrupted).await;
    }
    // The id is told even when the wait fails: the run exists.
    report.scheduled().map_err(untold)?;
    let end = waiting.for_end_of(scheduled.id, client, global);
    let end = beside(end, warn_without_agent(client, global, labels.as_deref()));
    match interrupt.or(end, interrupted).await {
        Ok(run) => {
            report.end(Some(&run)).map_err(untold)?;
            Ok(Code::of_ended(&run).into())
        }
        Err(failure) => {
            report.end(None).map_err(untold)?;
            Err(failure)
        }
    }
}

/// Schedules the run, with a key that is known even when Ctrl-C ends this.
async fn schedule(
    flow: &Flow,
    plan: &Plan,
    request: FlowRunRequest,
    interrupt: &mut Interrupt,
) -> Result<ScheduledFlowRun, Failure> {
    let (key, request) = match plan.idempotency_key.clone() {
        Some(key) => (key.clone(), request.idempotency_key(key)),
        None => {
            let key = IdempotencyKey::random();
            (key.clone(), request.fresh_idempotency_key(key))
        }
    };
    let scheduling = async { Ok(flow.schedule(request).await?) };
    let interrupted = || Failure::interrupted_scheduling(flow.id(), &key, plan.start.as_ref());
    interrupt.or(scheduling, interrupted).await
}

/// Goes on from `error`, if the flow version that was asked for is archived and a key was given: the key may
/// stand for a run from before that.
async fn of_archived(
    client: &Client,
    error: FindFlowError,
    plan: &Plan,
    request: FlowRunRequest,
    interrupt: &mut Interrupt,
) -> Result<ScheduledFlowRun, Failure> {
    let FindFlowError::Archived { reference: FlowReference::Version(id), .. } = &error else {
        return Err(error.into());
    };
    let (id, Some(key)) = (*id, &plan.idempotency_key) else { return Err(error.into()) };
    let resuming = async {
        client.resume(id, key.clone(), request).await.map_err(|failure| match failure {
            // The server knows no keys, so this one stands for nothing.
            ScheduleError::OutcomeUnknown { resumable: false, .. } => error.into(),
            failure => failure.into(),
        })
    };
    let interrupted = || Failure::interrupted_scheduling(id, key, plan.start.as_ref());
    interrupt.or(resuming, interrupted).await
}

/// What `wait` comes to. It does not wait for `warning`, which is given up when it is late.
async fn beside<T>(wait: impl Future<Output = T>, warning: impl Future<Output = ()>) -> T {
    match select(pin!(wait), pin!(warning)).await {
        Either::Left((ended, _)) => ended,
        Either::Right(((), wait)) => wait.await,
    }
}

/// The run exists, or could: that nobody can tell about agents is no failure. Nor can anybody without labels.
async fn warn_without_agent(client: &Client, global: &Global, labels: Option<&[String]>) {
    // The sandbox's own agent takes runs of any labels.
    let Some(labels) = labels.filter(|_| !global.quiet && !global.sandbox) else { return };
    if let Ok(agents) = client.match_agents(labels).await
        && !agents.has_healthy()
    {
        warn(global, format_args!("the run may wait for long: {agents}"));
    }
}
