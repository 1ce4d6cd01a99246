//! Artifacts of task runs.

use prefect_flow_run::{Api, ArtifactError, TaskRunArtifactId, TaskRunId};
use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Fault::{AnswerLost, NotSent};
use crate::support::{Faults, asked, empty, faulty, graphql, schedule};

async fn scene() -> (Sandbox, Api, TaskRunId) {
    let (sandbox, api, project) = empty().await;
    let flow = sandbox.register_flow(FlowSpec::new(project, "F").task("add")).await.unwrap().flow_id;
    let run = schedule(&api, json!({ "flow_id": flow })).await;
    let id = sandbox.task_runs(run.0).await.unwrap().first().unwrap().id;
    (sandbox, api, TaskRunId(id))
}

/// All artifacts, as the server has them.
async fn stored(api: &Api) -> Value {
    let text = "{ task_run_artifact(order_by: {created: asc}) { id task_run_id kind data } }";
    graphql(api, text, Value::Null).await.get_mut("task_run_artifact").unwrap().take()
}

#[tokio::test]
async fn artifacts_are_made_changed_and_deleted() {
    let (sandbox, api, task_run) = scene().await;
    let link = api.create_link_artifact(task_run, "https://example.org/\"x\"").await.unwrap();
    let text = api.create_markdown_artifact(task_run, "# Done 👋\n").await.unwrap();
    assert_eq!(
        stored(&api).await,
        json!([
            { "id": link, "task_run_id": task_run, "kind": "link", "data": { "link": "https://example.org/\"x\"" } },
            { "id": text, "task_run_id": task_run, "kind": "markdown", "data": { "markdown": "# Done 👋\n" } },
        ])
    );

    let faults = Faults::default();
    // An answer that is lost does no harm: the same data twice are those data.
    faults.on("update_task_run_artifact(", [AnswerLost]);
    let changing = faulty(&sandbox.url(), &faults);
    changing.update_link_artifact(link, "/acme").await.unwrap();
    api.update_markdown_artifact(text, "# Again").await.unwrap();
    assert_eq!(stored(&api).await.pointer("/0/data"), Some(&json!({ "link": "/acme" })));
    assert_eq!(stored(&api).await.pointer("/1/data"), Some(&json!({ "markdown": "# Again" })));

    api.delete_artifact(link).await.unwrap();
    assert_eq!(stored(&api).await.as_array().unwrap().len(), 1);
    let error = api.delete_artifact(link).await.unwrap_err();
    assert!(matches!(error, ArtifactError::NotFound { id } if id == link), "{error:?}");
}

#[tokio::test]
async fn an_artifact_is_not_made_twice() {
    let (sandbox, api, task_run) = scene().await;
    let faults = Faults::default();
    let faulty = faulty(&sandbox.url(), &faults);
    faults.on("create_task_run_artifact(", [AnswerLost]);
    let error = faulty.create_link_artifact(task_run, "x").await.unwrap_err();
    assert!(matches!(&error, ArtifactError::Transport(error) if error.may_have_executed()), "{error:?}");
    // What did not reach the server is sent again.
    faults.on("create_task_run_artifact(", [NotSent]);
    faulty.create_link_artifact(task_run, "x").await.unwrap();
    assert_eq!(stored(&api).await.as_array().unwrap().len(), 2);

    let first: TaskRunArtifactId =
        stored(&api).await.pointer("/0/id").unwrap().as_str().unwrap().parse().unwrap();
    faults.on("delete_task_run_artifact(", [AnswerLost]);
    let error = faulty.delete_artifact(first).await.unwrap_err();
    assert!(matches!(&error, ArtifactError::Transport(error) if error.may_have_executed()), "{error:?}");
    assert_eq!(asked(&sandbox).iter().filter(|field| *field == "delete_task_run_artifact").count(), 1);
}

#[tokio::test]
async fn what_the_server_refuses_says_why() {
    let (_sandbox, api, task_run) = scene().await;
    let nothing = Uuid::nil();
    let error = api.create_link_artifact(TaskRunId(nothing), "x").await.unwrap_err();
    assert!(matches!(error, ArtifactError::NoTaskRun { .. }), "{error:?}");
    insta::assert_snapshot!(error, @"there is no task run 00000000-0000-0000-0000-000000000000");
    let error = api.update_link_artifact(TaskRunArtifactId(nothing), "x").await.unwrap_err();
    assert!(matches!(error, ArtifactError::NotFound { .. }), "{error:?}");
    insta::assert_snapshot!(error, @"there is no artifact 00000000-0000-0000-0000-000000000000");

    let error = api.create_markdown_artifact(task_run, &"x".repeat(1_000_001)).await.unwrap_err();
    assert!(matches!(error, ArtifactError::TooLarge { bytes: 1_000_001, .. }), "{error:?}");
    insta::assert_snapshot!(error, @"the artifact of 1000001 bytes is larger than the server allows");
    let words = std::error::Error::source(&error).unwrap().to_string();
    assert!(words.contains("exceeds 1000000 bytes limit"), "{words}");
}
