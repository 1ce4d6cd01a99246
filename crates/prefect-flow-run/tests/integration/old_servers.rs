//! Servers of earlier versions: what works on them, in how many requests, and what is said of the rest.

use std::time::Duration;

use prefect_flow_run::transport::Transport;
use prefect_flow_run::{
    Api, Backend, FindFlowError, FlowReference, FlowRunRequest, FlowRunTask, FlowRunTaskError, ScheduleError,
    State,
};
use prefect_sandbox::{Fault, FaultRule, Sandbox};
use serde_json::json;

use crate::support::Fault::{AnswerLost, HandledAndHang, NotSent, RequestLost};
use crate::support::{FLOW, Faults, PROJECT, faulty, server, server_of_tenant};

const WITHOUT_PROJECTS: &str = include_str!("../../../../schema/versions/prefect-server-0.10.7.graphql");
const WITHOUT_RUN_CONFIGS: &str = include_str!("../../../../schema/versions/prefect-server-0.14.graphql");
const PRESENT: &str = include_str!("../../../../schema/prefect-server.graphql");

const CREATE: &str = "CreateFlowRun";

/// A server of the schema, with the sample flow and an agent that runs it.
async fn sandbox(schema: &str) -> Sandbox {
    Sandbox::builder().schema(schema).sample_flow(true).agent(true).start().await.unwrap()
}

fn named() -> FlowRunRequest {
    FlowRunRequest::new().parameters(json!({ "name": "Ada" })).unwrap()
}

/// A chain of errors, one a line.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}\n{error}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn the_main_job_is_done_on_each_version_and_an_old_server_is_asked_once_what_it_lacks() {
    for (schema, project, requests) in
        [(PRESENT, PROJECT, [2, 4]), (WITHOUT_RUN_CONFIGS, PROJECT, [4, 6]), (WITHOUT_PROJECTS, "", [4, 6])]
    {
        let sandbox = sandbox(schema).await;
        let api = server(&sandbox.url());
        let task = FlowRunTask::new().flow_name(FLOW).project_name(project);
        let task = task.parameters(json!({ "name": "Ada" })).unwrap();
        let before = sandbox.requests().len();
        let mut ids = Vec::new();
        for requests in requests {
            ids.push(task.run(&api).await.unwrap());
            assert_eq!(sandbox.requests().len() - before, requests, "{project:?}");
        }
        let ended = api.wait(ids[0]).await.unwrap();
        assert_eq!(ended.state, State::Success);
        assert_eq!(api.flow_run(ids[1]).await.unwrap().unwrap().id, ids[1]);
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_flow_is_found_by_its_id_and_an_archived_one_is_told() {
    for schema in [WITHOUT_RUN_CONFIGS, WITHOUT_PROJECTS] {
        let sandbox = sandbox(schema).await;
        let api = server(&sandbox.url());
        let flow = api.find_flow(FLOW).await.unwrap();
        assert_eq!(api.flow(flow.id()).await.unwrap().version(), flow.version());
        sandbox.archive_flow(flow.id().0).await.unwrap();
        let error = api.flow(flow.id()).await.unwrap_err();
        assert!(matches!(error, FindFlowError::Archived { .. }), "{error:?}");
        let error = flow.schedule(named()).await.unwrap_err();
        let ScheduleError::NoNewerVersion(FindFlowError::NotFound(found)) = error else {
            panic!("{error:?}")
        };
        assert!(found.archived);
        assert!(sandbox.flow_runs().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_lookup_by_id_has_one_total_timeout_for_all_that_it_asks() {
    let sandbox = sandbox(WITHOUT_PROJECTS).await;
    let flow = server(&sandbox.url()).find_flow(FLOW).await.unwrap();
    // Three questions, each of which would end in time.
    let late = Fault::Delay(Duration::from_millis(400));
    sandbox.faults().add(FaultRule::new(late).always());
    let transport = Transport::builder(sandbox.url().parse().unwrap());
    let transport = transport.total_timeout(Duration::from_secs(1)).build().unwrap();
    let error = Api::new(transport, Backend::Server).flow(flow.id()).await.unwrap_err();
    assert!(matches!(&error, FindFlowError::Transport(error) if error.is_timeout()), "{error:?}");
}

#[tokio::test]
async fn what_an_old_server_does_not_take_is_refused_before_anything_is_scheduled() {
    let mut told = String::new();
    for (schema, version) in [(WITHOUT_PROJECTS, "0.10.7"), (WITHOUT_RUN_CONFIGS, "0.14")] {
        let sandbox = sandbox(schema).await;
        let api = server(&sandbox.url());
        let mut tell = |option: &str, error: Option<String>| {
            told += &format!("{version}, {option}: {}\n", error.as_deref().unwrap_or("taken"));
        };
        tell("project", api.find_flow(FLOW).in_project(PROJECT).await.err().map(|error| words(&error)));
        let of_tenant = server_of_tenant(&sandbox.url(), sandbox.default_tenant());
        tell("tenant", of_tenant.find_flow(FLOW).await.err().map(|error| words(&error)));
        let group = FlowReference::Group(uuid::Uuid::nil().into());
        tell("group", api.flow_by(group).await.err().map(|error| words(&error)));
        let flow = api.find_flow(FLOW).await.unwrap();
        let requests = [
            ("key", named().idempotency_key("k")),
            ("labels", named().label("gpu")),
            ("run config", named().run_config(json!({ "type": "UniversalRun" })).unwrap()),
            ("name", named().run_name("nightly")),
            ("context", named().context(json!({ "a": 1 })).unwrap()),
        ];
        for (option, request) in requests {
            let runs = sandbox.flow_runs().await.unwrap().len();
            let error = flow.schedule(request).await.err();
            let scheduled = sandbox.flow_runs().await.unwrap().len() - runs;
            assert_eq!(scheduled, usize::from(error.is_none()), "{version}, {option}");
            tell(option, error.map(|error| words(&error)));
        }
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn without_keys_a_run_is_asked_for_again_only_if_it_was_not_sent() {
    for (faults, runs) in [
        (vec![NotSent, NotSent], 1),
        (vec![AnswerLost], 1),
        (vec![RequestLost], 0),
        (vec![NotSent, AnswerLost], 1),
        (vec![NotSent, RequestLost], 0),
    ] {
        let sandbox = sandbox(WITHOUT_PROJECTS).await;
        let service = Faults::default();
        let api = faulty(&sandbox.url(), &service);
        let flow = api.find_flow(FLOW).await.unwrap();
        service.on(CREATE, faults.clone());
        let outcome = flow.schedule(named()).await;
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), runs, "{faults:?}");
        assert_eq!(service.left(CREATE), 0, "{faults:?}");
        if faults.last() == Some(&NotSent) {
            outcome.unwrap();
            continue;
        }
        let error = outcome.unwrap_err();
        let message = error.to_string().replace(&flow.id().to_string(), "ID");
        assert_eq!(
            message,
            "the run may or may not have been scheduled; the server is too old to tell, as it knows no \
             idempotency keys: look at the runs of the flow ID before it is scheduled again"
        );
        let ScheduleError::OutcomeUnknown { flow_id, key, resumable, .. } = error else {
            panic!("{error:?}")
        };
        assert!(!resumable);
        for api in [&api, &server(&sandbox.url())] {
            let error = api.resume(flow_id, key.clone(), named()).await.unwrap_err();
            assert!(matches!(error, ScheduleError::OutcomeUnknown { resumable: false, .. }), "{error:?}");
        }
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), runs, "{faults:?}");
    }
}

#[tokio::test]
async fn without_keys_the_tasks_own_retries_make_no_second_run() {
    for fault in [AnswerLost, HandledAndHang] {
        let sandbox = sandbox(WITHOUT_PROJECTS).await;
        let service = Faults::default();
        let api = faulty(&sandbox.url(), &service);
        api.find_flow(FLOW).await.unwrap();
        service.on(CREATE, [fault]);
        let task = FlowRunTask::new().flow_name(FLOW).parameters(json!({ "name": "Ada" })).unwrap();
        let task = task.max_retries(2).retry_delay(Duration::from_millis(1));
        let error = task.timeout(Duration::from_millis(500)).run(&api).await.unwrap_err();
        let FlowRunTaskError::Schedule(ScheduleError::OutcomeUnknown { resumable, .. }) = error else {
            panic!("{error:?}")
        };
        assert!(!resumable);
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn the_question_what_a_server_lacks_may_fail_and_is_asked_again_by_the_next_lookup() {
    let sandbox = sandbox(WITHOUT_PROJECTS).await;
    let service = Faults::default();
    let api = faulty(&sandbox.url(), &service);
    service.on("ServerSchema", [AnswerLost; 4]);
    assert!(matches!(api.find_flow(FLOW).await.unwrap_err(), FindFlowError::Transport(_)));
    api.find_flow(FLOW).await.unwrap();
}
