//! create_flow_run: the order of its checks, what a run takes from its flow, keys, and archiving.

use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Client, optional, required, with_flow};

#[tokio::test]
async fn the_sample_flow_is_found_and_scheduled_as_prefect_0_10_does() {
    let sandbox = Sandbox::builder().sample_flow(true).start().await.unwrap();
    let client = Client::new(&sandbox);
    let query = r#"query { flow(where: { name: { _eq: "My Cloud Flow" }, archived: { _eq: false },
        project: { name: { _eq: "My Cloud Project" } } }, order_by: { version: desc }, limit: 1) { id version } }"#;
    let data = client.data(query).await;
    assert_eq!(data["flow"][0]["version"], 2);
    let flow_id = data["flow"][0]["id"].clone();

    let id = client.schedule(json!({ "flow_id": flow_id, "parameters": { "name": "Ada" } })).await;
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].id.to_string(), id);
    assert_eq!(runs[0].parameters.get(), r#"{"greeting":"hello","name":"Ada"}"#);
    assert_eq!(runs[0].state.as_deref(), Some("Scheduled"));
    assert_eq!(runs[0].version, 1);
}

#[tokio::test]
async fn checks_come_in_the_real_servers_order() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let spec = || FlowSpec::new(project, "G").parameter(required("a")).parameter(required("b"));
    let old = sandbox.register_flow(spec()).await.unwrap();
    let new = sandbox.register_flow(spec()).await.unwrap();
    let nowhere = Uuid::new_v4();

    for (input, message) in [
        (json!({}), "A flow id or version group ID must be provided.".to_owned()),
        (json!({ "flow_id": null }), "A flow id or version group ID must be provided.".to_owned()),
        (json!({ "flow_id": nowhere }), format!("Flow {nowhere} not found")),
        (json!({ "version_group_id": "v" }), "Version group v has no unarchived flows.".to_owned()),
        (json!({ "flow_id": old.flow_id }), format!("Flow {} is archived.", old.flow_id)),
        (json!({ "flow_id": new.flow_id }), "Required parameters were not supplied: {'a', 'b'}".to_owned()),
        (
            json!({ "flow_id": new.flow_id, "parameters": { "b": null } }),
            "Required parameters were not supplied: {'a'}".to_owned(),
        ),
    ] {
        assert_eq!(client.refused(input.clone()).await, message, "{input}");
    }
    assert!(sandbox.flow_runs().await.unwrap().is_empty());

    let id = client
        .schedule(
            json!({ "version_group_id": new.version_group_id, "parameters": { "a": 1, "b": 2, "c": 3 } }),
        )
        .await;
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!((runs[0].id.to_string(), runs[0].flow_id), (id, new.flow_id));
}

#[tokio::test]
async fn a_refusal_has_the_shape_of_the_real_servers() {
    let (_sandbox, client, _) = with_flow().await;
    let answer = client
        .ask_with("mutation { made: create_flow_run(input: {}) { id } tenant: __typename }", json!({}))
        .await;
    let message = "A flow id or version group ID must be provided.";
    assert_eq!(
        answer,
        json!({
            "errors": [{
                "message": message,
                "locations": [{ "line": 1, "column": 12 }],
                "path": ["made"],
                "extensions": { "code": "INTERNAL_SERVER_ERROR", "exception": { "message": message } },
            }],
            "data": { "made": null, "tenant": "Mutation" },
        })
    );
}

#[tokio::test]
async fn parameters_are_merged_over_truthy_defaults() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let mut spec = FlowSpec::new(project, "G").parameter(required("must"));
    for (name, default) in [
        ("text", json!("x")),
        ("zero", json!(0)),
        ("empty", json!("")),
        ("no", json!(false)),
        ("none", json!([])),
    ] {
        spec = spec.parameter(optional(name, default));
    }
    let flow = sandbox.register_flow(spec).await.unwrap();
    let defaults = json!({ "must": "group", "text": "group" });
    sandbox.set_default_parameters(flow.flow_group_id, defaults).await.unwrap();

    client.schedule(json!({ "flow_id": flow.flow_id })).await;
    client.schedule(json!({ "flow_id": flow.flow_id, "parameters": { "text": "given", "extra": 1 } })).await;
    let runs = sandbox.flow_runs().await.unwrap();
    let parameters = |index: usize| serde_json::from_str::<Value>(runs[index].parameters.get()).unwrap();
    assert_eq!(parameters(0), json!({ "text": "group", "must": "group" }));
    assert_eq!(parameters(1), json!({ "text": "given", "must": "group", "extra": 1 }));
}

#[tokio::test]
async fn labels_and_run_config_come_from_the_nearest() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let config = json!({ "type": "UniversalRun", "labels": ["flow-b", "flow-a"] });
    let flow = sandbox.register_flow(FlowSpec::new(project, "G").run_config(config.clone())).await.unwrap();
    let id = flow.flow_id;

    client.schedule(json!({ "flow_id": id })).await;
    sandbox.set_group_labels(flow.flow_group_id, Some(vec!["group".to_owned()])).await.unwrap();
    client.schedule(json!({ "flow_id": id })).await;
    client.schedule(json!({ "flow_id": id, "labels": [] })).await;
    client.schedule(json!({ "flow_id": id, "labels": null })).await;
    client.schedule(json!({ "flow_id": id, "run_config": { "type": "LocalRun" } })).await;
    client.schedule(json!({ "flow_id": id, "run_config": { "labels": ["given"] } })).await;
    client.schedule(json!({ "flow_id": id, "labels": ["z", "a"], "run_config": { "labels": ["x"] } })).await;

    let runs = sandbox.flow_runs().await.unwrap();
    let labels: Vec<Vec<&str>> =
        runs.iter().map(|run| run.labels.iter().map(String::as_str).collect()).collect();
    let expected: Vec<Vec<&str>> = vec![
        vec!["flow-a", "flow-b"],
        vec!["group"],
        vec![],
        vec!["group"],
        vec![],
        vec!["given"],
        vec!["a", "z"],
    ];
    assert_eq!(labels, expected);
    let config_of =
        |index: usize| serde_json::from_str::<Value>(runs[index].run_config.as_ref().unwrap().get()).unwrap();
    assert_eq!(config_of(0), config);
    assert_eq!(config_of(4), json!({ "type": "LocalRun" }));
}

/// The first run config that there is decides, also when it says nothing of labels.
#[tokio::test]
async fn a_run_config_without_labels_means_none() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let labelled = json!({ "labels": ["far"] });
    let flow =
        async |spec: FlowSpec| sandbox.register_flow(spec.environment(labelled.clone())).await.unwrap();
    let labels = async |flow: Uuid| {
        let run = client.schedule(json!({ "flow_id": flow })).await;
        client.row("flow_run", &run, "labels").await["labels"].clone()
    };
    let environment = flow(FlowSpec::new(project, "environment")).await;
    assert_eq!(labels(environment.flow_id).await, json!(["far"]));
    for run_config in [json!({ "type": "LocalRun" }), json!({ "type": "LocalRun", "labels": null })] {
        let own = flow(FlowSpec::new(project, "own").run_config(run_config.clone())).await;
        assert_eq!(labels(own.flow_id).await, json!([]), "{run_config}");
        let of_group = flow(FlowSpec::new(project, "of the group").run_config(labelled.clone())).await;
        let group = json!({ "flow_group_id": of_group.flow_group_id, "run_config": run_config });
        assert!(client.succeeds("set_flow_group_run_config", group).await);
        assert_eq!(labels(of_group.flow_id).await, json!([]), "{run_config}");
    }
}

#[tokio::test]
async fn a_key_makes_one_run_per_flow() {
    let (sandbox, client, flow) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let first = client.schedule(json!({ "flow_id": flow.flow_id, "idempotency_key": "k" })).await;
    let again = client
        .schedule(json!({ "flow_id": flow.flow_id, "idempotency_key": "k", "parameters": { "x": 1 } }))
        .await;
    assert_eq!(first, again);
    client.schedule(json!({ "flow_id": flow.flow_id })).await;
    client.schedule(json!({ "flow_id": flow.flow_id, "idempotency_key": null })).await;
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(runs.len(), 3);
    assert_eq!(runs[0].parameters.get(), "{}");
    assert_eq!(runs[0].version, 1);

    let other = sandbox.register_flow(FlowSpec::new(project, "other")).await.unwrap();
    let elsewhere = client.schedule(json!({ "flow_id": other.flow_id, "idempotency_key": "k" })).await;
    assert_ne!(first, elsewhere);
}

#[tokio::test]
async fn registering_again_archives_and_cancels_what_waits() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let spec = || FlowSpec::new(project, "G").task("t");
    let old = sandbox.register_flow(spec()).await.unwrap();
    let waiting = client.schedule(json!({ "flow_id": old.flow_id, "idempotency_key": "k" })).await;
    let running = client.schedule(json!({ "flow_id": old.flow_id })).await;
    sandbox.set_flow_run_state(running.parse().unwrap(), "Running", "busy").await.unwrap();

    let new = sandbox.register_flow(spec()).await.unwrap();
    assert_eq!((old.version, new.version), (1, 2));
    assert_eq!(old.version_group_id, new.version_group_id);
    assert_eq!(old.flow_group_id, new.flow_group_id);

    let message = format!("Flow {} was archived.", old.flow_id);
    let data = client
        .data("{ flow_run(order_by: {created: asc}) { id state state_message end_time task_runs { state version } states(order_by: {version: asc}) { state version } } }")
        .await;
    let cancelled = &data["flow_run"][0];
    assert_eq!(cancelled["id"], waiting);
    assert_eq!(cancelled["state"], "Cancelled");
    assert_eq!(cancelled["state_message"], message);
    assert!(cancelled["end_time"].is_string());
    assert_eq!(cancelled["task_runs"], json!([{ "state": "Cancelled", "version": 2 }]));
    assert_eq!(
        cancelled["states"],
        json!([{ "state": "Scheduled", "version": 1 }, { "state": "Cancelled", "version": 2 }])
    );
    assert_eq!(data["flow_run"][1]["state"], "Running");

    // The checks come before the key: the run exists, but its flow is archived.
    let refused = client.refused(json!({ "flow_id": old.flow_id, "idempotency_key": "k" })).await;
    assert_eq!(refused, format!("Flow {} is archived.", old.flow_id));
    assert_ne!(waiting, client.schedule(json!({ "flow_id": new.flow_id, "idempotency_key": "k" })).await);
}

#[tokio::test]
async fn a_new_run_looks_as_on_the_real_server() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "G").task("t")).await.unwrap();
    let id = client
        .schedule(json!({
            "flow_id": flow.flow_id,
            "scheduled_start_time": "2030-01-01T01:00:00.500+01:00",
            "flow_run_name": "mine",
            "context": { "a": 1 },
        }))
        .await;
    let data = client
        .data(&format!(
            r#"{{ flow_run_by_pk(id: "{id}") {{ name context parameters version state state_message
                scheduled_start_time state_start_time serialized_state auto_scheduled start_time
                task_runs {{ map_index version state serialized_state task {{ slug }} }} }} }}"#
        ))
        .await;
    assert_eq!(
        data["flow_run_by_pk"],
        json!({
            "name": "mine", "context": { "a": 1 }, "parameters": {}, "version": 1, "state": "Scheduled",
            "state_message": "Flow run scheduled.",
            "scheduled_start_time": "2030-01-01T00:00:00.5+00:00",
            "state_start_time": "2030-01-01T00:00:00.5+00:00",
            "serialized_state": {
                "type": "Scheduled", "message": "Flow run scheduled.", "start_time": "2030-01-01T00:00:00.5+00:00",
                "context": {}, "cached_inputs": {}, "__version__": "1.4.1",
                "_result": { "type": "NoResultType", "__version__": "1.4.1" },
            },
            "auto_scheduled": false, "start_time": null,
            "task_runs": [{
                "map_index": -1, "version": 1, "state": "Pending", "task": { "slug": "t-1" },
                "serialized_state": { "type": "Pending", "message": "Task run created" },
            }],
        })
    );
}

#[tokio::test]
async fn versions_can_be_stored_out_of_order() {
    let (sandbox, client, _) = with_flow().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let spec = || FlowSpec::new(project, "G").keep_previous();
    sandbox.register_flow(spec().version(7)).await.unwrap();
    sandbox.register_flow(spec().version(3)).await.unwrap();
    let newest = sandbox.register_flow(spec().archived(true)).await.unwrap();
    assert_eq!(newest.version, 8);
    let query = r#"{ flow(where: {name: {_eq: "G"}}, order_by: {created: asc}) { version archived } }"#;
    assert_eq!(
        client.data(query).await["flow"],
        json!([
            { "version": 7, "archived": false },
            { "version": 3, "archived": false },
            { "version": 8, "archived": true },
        ])
    );
}

#[tokio::test]
async fn an_empty_name_is_none() {
    let (sandbox, client, flow) = with_flow().await;
    client.schedule(json!({ "flow_id": flow.flow_id, "flow_run_name": "" })).await;
    let name = &sandbox.flow_runs().await.unwrap()[0].name;
    assert!(name.contains('-'), "{name:?}");
}
