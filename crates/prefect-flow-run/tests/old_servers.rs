//! Servers of earlier versions: what works on them, in how many requests, and what is said of the rest.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use prefect_flow_run::{Api, FlowReference, FlowRunRequest, FlowRunTask, ScheduleError, State};
use prefect_sandbox::Sandbox;
use serde_json::json;
use support::Fault::{AnswerLost, HandledAndHang, NotSent, RequestLost};
use support::{FLOW, Faults, PROJECT, faulty, flow_id, server};

const WITHOUT_PROJECTS: &str = include_str!("../../../schema/versions/prefect-server-0.10.7.graphql");
const WITHOUT_RUN_CONFIGS: &str = include_str!("../../../schema/versions/prefect-server-0.14.graphql");
const PRESENT: &str = include_str!("../../../schema/prefect-server.graphql");

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
        let before = sandbox.requests();
        let mut ids = Vec::new();
        for requests in requests {
            ids.push(task.run(&api).await.unwrap());
            assert_eq!(sandbox.requests() - before, requests, "{project:?}");
        }
        let ended = api.wait(ids[0]).await.unwrap();
        assert_eq!(ended.state, State::Success);
        assert_eq!(api.flow_run(ids[1]).await.unwrap().unwrap().id, ids[1]);
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), 2);
    }
}
