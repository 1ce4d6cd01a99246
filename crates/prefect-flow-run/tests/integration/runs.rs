//! One run: all of its details, another name, other labels.

use prefect_flow_run::{FlowRunId, RenameError, SetLabelsError, State};
use serde_json::json;

use crate::support::Fault::AnswerLost;
use crate::support::{Faults, asked, empty, faulty, register, schedule};

fn nobody() -> FlowRunId {
    FlowRunId(uuid::Uuid::nil())
}

#[tokio::test]
async fn a_run_is_told_with_all_that_it_was_made_with() {
    let (sandbox, api, project) = empty().await;
    let flow = register(&sandbox, project).await;
    let id = schedule(
        &api,
        json!({
            "flow_id": flow.flow_id, "flow_run_name": "nightly", "labels": ["b", "a"], "context": {"k": [1, 2]},
            "parameters": {"x": 1.5}, "idempotency_key": "key-1", "scheduled_start_time": "2030-01-01T02:00:00+02:00",
            "run_config": {"type": "UniversalRun", "env": {"A": "1"}},
        }),
    )
    .await;
    sandbox.walk_flow_run(id.0, &["Submitted", "Running", "Success"]).await.unwrap();

    let run = api.flow_run_details(id).await.unwrap().unwrap();
    assert_eq!((run.id, run.name.as_str(), &run.state), (id, "nightly", &State::Success));
    let states: Vec<_> = run.states.iter().map(|past| past.state.name()).collect();
    assert_eq!(states, ["Scheduled", "Submitted", "Running", "Success"]);
    assert_eq!(run.states.first().unwrap().message.as_deref(), Some("Flow run scheduled."));
    assert!(run.states.is_sorted_by_key(|past| past.timestamp));
    assert_eq!(run.labels, ["a", "b"]);
    assert_eq!(run.parameters.unwrap().get(), r#"{"x":1.5}"#);
    assert_eq!(run.context.unwrap().get(), r#"{"k":[1,2]}"#);
    let run_config: serde_json::Value = run.run_config.unwrap().decode().unwrap();
    assert_eq!(run_config, json!({"type": "UniversalRun", "env": {"A": "1"}}));
    assert_eq!((run.idempotency_key.as_deref(), run.auto_scheduled), (Some("key-1"), false));
    assert_eq!(run.scheduled_start_time.to_string(), "2030-01-01T00:00:00Z");
    assert!(run.created <= run.start_time.unwrap() && run.start_time <= run.end_time);
    assert!(run.agent_id.is_none() && run.updated >= run.created);
    assert_eq!((run.flow.id.0, run.flow.name.as_str(), run.flow.version), (flow.flow_id, "F", Some(1)));
    assert_eq!((run.flow.project_id.0, run.flow.project_name.as_str()), (project, "P"));

    assert!(api.flow_run_details(nobody()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_run_is_renamed() {
    let (sandbox, api, project) = empty().await;
    let id = schedule(&api, json!({ "flow_id": register(&sandbox, project).await.flow_id })).await;
    let faults = Faults::default();
    // An answer that is lost does no harm: the same name twice is that name.
    faults.on("set_flow_run_name(", [AnswerLost]);
    let name = "\"nightly\"\n👋";
    faulty(&sandbox.url(), &faults).rename(id, name).await.unwrap();
    assert_eq!(api.flow_run(id).await.unwrap().unwrap().name, name);

    let error = api.rename(nobody(), "n").await.unwrap_err();
    assert!(matches!(error, RenameError::NotFound { id } if id == nobody()), "{error:?}");
    insta::assert_snapshot!(error, @"there is no flow run 00000000-0000-0000-0000-000000000000");
    let before = sandbox.requests().len();
    let error = api.rename(id, "").await.unwrap_err();
    assert!(matches!(error, RenameError::EmptyName), "{error:?}");
    insta::assert_snapshot!(error, @"a flow run cannot have an empty name");
    assert_eq!(sandbox.requests().len(), before);
}

#[tokio::test]
async fn labels_are_replaced() {
    let (sandbox, api, project) = empty().await;
    let flow = register(&sandbox, project).await.flow_id;
    let id = schedule(&api, json!({ "flow_id": flow, "labels": ["old"] })).await;
    let faults = Faults::default();
    faults.on("set_flow_run_labels(", [AnswerLost]);
    faulty(&sandbox.url(), &faults).set_labels(id, ["gpu", "eu"]).await.unwrap();
    assert_eq!(api.flow_run_details(id).await.unwrap().unwrap().labels, ["eu", "gpu"]);
    api.set_labels(id, Vec::<String>::new()).await.unwrap();
    assert!(api.flow_run_details(id).await.unwrap().unwrap().labels.is_empty());
    assert_eq!(asked(&sandbox).iter().filter(|field| *field == "set_flow_run_labels").count(), 3);

    let error = api.set_labels(nobody(), ["gpu"]).await.unwrap_err();
    assert!(matches!(error, SetLabelsError::NotFound { .. }), "{error:?}");
    insta::assert_snapshot!(error, @"there is no flow run 00000000-0000-0000-0000-000000000000");
}
