//! The words of every error of the domain.

use std::time::Duration;

use prefect_flow_run::{
    FindFlowError, FlowReference, FlowRunId, FlowRunRequest, FlowRunTask, FlowRunTaskError, InvalidTask,
    LoginError, ScheduleError, Tenant, TenantId, WaitError,
};
use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::json;

use crate::support::Fault::{AnswerLost, NotSent};
use crate::support::{FLOW, Faults, PROJECT, cloud, empty, faulty, sample};

/// The messages, one a line, with ids and ports left out.
fn assert_messages(name: &str, messages: &[String]) {
    insta::with_settings!({filters => vec![
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[UUID]"),
        (r"[0-9a-f]{32}", "[KEY]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"in \d+\.\d s", "in [TIME] s"),
    ]}, { insta::assert_snapshot!(name, messages.join("\n")); });
}

#[tokio::test]
async fn of_a_lookup() {
    let (sandbox, api) = sample().await;
    let tenant = sandbox.default_tenant();
    let empty = sandbox.create_project(tenant, "Empty").await.unwrap();
    sandbox.register_flow(FlowSpec::new(empty, "Old").archived(true)).await.unwrap();
    let other = sandbox.create_tenant("Other").await.unwrap();
    for tenant in [tenant, other] {
        let project = sandbox.create_project(tenant, "Twin").await.unwrap();
        sandbox.register_flow(FlowSpec::new(project, "Twin flow")).await.unwrap();
    }
    let mut messages = Vec::new();
    for (flow, project) in [
        ("", ""),
        ("My Clout Flow", PROJECT),
        ("zzz", PROJECT),
        ("zzz", ""),
        (FLOW, "Empty"),
        (FLOW, "My Clout Project"),
        (FLOW, "zzz"),
        ("Old", "Empty"),
        ("Twin flow", "Twin"),
    ] {
        messages.push(api.find_flow(flow).in_project(project).await.unwrap_err().to_string());
    }
    messages.push(cloud(&sandbox.url()).find_flow(FLOW).await.unwrap_err().to_string());
    assert_messages("of_a_lookup", &messages);
}

#[tokio::test]
async fn of_a_lookup_that_cannot_ask_what_there_is() {
    let (sandbox, _) = sample().await;
    let faults = Faults::default();
    faults.on("DescribeFlows", [NotSent; 4]).on("FindFlow(", [NotSent; 0]);
    let api = faulty(&sandbox.url(), &faults);
    let bare = api.find_flow("zzz").in_project("P").await.unwrap_err();
    assert!(matches!(&bare, FindFlowError::NotFound(found) if found.project_exists.is_none()));
    faults.on("FindFlow(", [NotSent; 4]);
    let unreachable = api.find_flow("zzz").await.unwrap_err();
    assert_messages("of_a_lookup_that_cannot_ask", &[bare.to_string(), unreachable.to_string()]);
}

#[tokio::test]
async fn of_a_lookup_by_id() {
    let (sandbox, api, project) = empty().await;
    let registered = sandbox.register_flow(FlowSpec::new(project, "F").archived(true)).await.unwrap();
    let nil = uuid::Uuid::nil();
    let mut messages = Vec::new();
    for reference in [
        FlowReference::Version(nil.into()),
        FlowReference::Group(nil.into()),
        FlowReference::VersionGroup("no-such-group".to_owned()),
        FlowReference::Version(registered.flow_id.into()),
        FlowReference::Group(registered.flow_group_id.into()),
        FlowReference::VersionGroup(registered.version_group_id),
    ] {
        messages.push(api.flow_by(reference).await.unwrap_err().to_string());
    }
    assert_messages("of_a_lookup_by_id", &messages);
}

/// The message and those of its causes, down to the transport's.
fn chain(error: &ScheduleError) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error} <- {cause}"))
}

async fn schedule_errors(sandbox: &Sandbox) -> Vec<String> {
    let faults = Faults::default();
    let api = faulty(&sandbox.url(), &faults);
    let flow = api.find_flow(FLOW).await.unwrap();
    let ada = || FlowRunRequest::new().parameters(json!({"name": "Ada"})).unwrap();
    let mut errors: Vec<ScheduleError> = Vec::new();
    for parameters in [json!({}), json!({"nmae": 1}), json!({"name": 1, "extra": 2})] {
        let request = FlowRunRequest::new().parameters(parameters).unwrap();
        errors.push(flow.schedule(request).await.unwrap_err());
    }
    errors.push(flow.schedule(FlowRunRequest::new().unchecked()).await.unwrap_err());
    faults.on("create_flow_run(", [NotSent; 4]);
    errors.push(flow.schedule(ada()).await.unwrap_err());
    faults.on("create_flow_run(", [AnswerLost; 4]).on("FlowRunByKey", [NotSent; 4]);
    errors.push(flow.schedule(ada()).await.unwrap_err());
    sandbox.archive_flow(flow.id().0).await.unwrap();
    errors.push(flow.schedule(ada()).await.unwrap_err());
    errors.push(api.resume(flow.id(), "k".into(), ada()).await.unwrap_err());
    errors.iter().map(chain).collect()
}

#[tokio::test]
async fn of_scheduling() {
    let (sandbox, _) = sample().await;
    assert_messages("of_scheduling", &schedule_errors(&sandbox).await);
}

#[test]
fn of_the_log_in() {
    let tenant = || Tenant::Slug("acme".to_owned());
    let errors = [
        LoginError::NoTenant { tenant: tenant() },
        LoginError::NoTenant { tenant: Tenant::Id(TenantId(uuid::Uuid::nil())) },
        LoginError::NoTokens { tenant: tenant() },
    ];
    assert_messages("of_the_log_in", &errors.map(|error| error.to_string()));
}

#[tokio::test]
async fn of_waiting_and_of_the_task() {
    let (_sandbox, api) = sample().await;
    let nobody = FlowRunId(uuid::Uuid::nil());
    let flow = api.find_flow(FLOW).await.unwrap();
    let run = flow.schedule(FlowRunRequest::new().parameters(json!({"name": 1})).unwrap()).await.unwrap();
    let mut messages = vec![
        api.wait(nobody).await.unwrap_err().to_string(),
        run.wait().timeout(Duration::from_millis(50)).await.unwrap_err().to_string(),
        WaitError::TimedOut { id: nobody, after: Duration::from_secs(90), state: None }.to_string(),
        FlowRunTaskError::from(InvalidTask::NoMaxRetries).to_string(),
        FlowRunTaskError::from(InvalidTask::NoRetryDelay).to_string(),
        FlowRunTaskError::TimedOut { after: Duration::from_secs(5) }.to_string(),
    ];
    messages.push(FlowRunTask::new().run(&api).await.unwrap_err().to_string());
    assert_messages("of_waiting_and_of_the_task", &messages);
}
