//! What agents and runners do: the queue, states of task runs, heartbeats, names, logs, artifacts.

use prefect_sandbox::{FlowSpec, RegisteredFlow, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Client, mutation};

async fn sandbox() -> (Sandbox, Client, RegisteredFlow) {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F").task("a").task("b")).await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client, flow)
}

/// A run and the ids of its task runs.
async fn run(client: &Client, flow: &RegisteredFlow, labels: Value) -> (String, Vec<String>) {
    let id = client.schedule(json!({ "flow_id": flow.flow_id, "labels": labels })).await;
    let row = client.row("flow_run", &id, "task_runs(order_by: {created: asc}) { id }").await;
    let tasks = row["task_runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned());
    (id, tasks.collect())
}

async fn set_flow_run(client: &Client, id: &str, state: Value) {
    let input = json!({ "states": [{ "flow_run_id": id, "state": state }] });
    client.call("set_flow_run_states", input, "states { id }").await;
}

fn task_state(id: &str, state: &Value) -> Value {
    json!({ "states": [{ "task_run_id": id, "state": state, "version": null }] })
}

async fn set_task_run(client: &Client, id: &str, state: Value) {
    client.call("set_task_run_states", task_state(id, &state), "states { id }").await;
}

#[tokio::test]
async fn agents_are_known_by_what_they_say_of_themselves() {
    let (sandbox, client, _) = sandbox().await;
    let tenant = sandbox.default_tenant();
    let register = mutation("register_agent", "id");
    let input = |labels: Value, name: Value| json!({ "input": { "tenant_id": tenant, "type": "LocalAgent", "labels": labels, "name": name, "agent_config_id": null } });
    let new = [("X-PREFECT-CORE-VERSION", "1.4.1")];
    let old = [("X-PREFECT-CORE-VERSION", "0.15.0")];
    let first = client.data_as(&new, &register, input(json!(["b", "a"]), json!("n"))).await;
    let id = first["register_agent"]["id"].as_str().unwrap();
    let row = client.row("agent", id, "type name labels core_version last_queried").await;
    assert_eq!(
        row,
        json!({ "type": "LocalAgent", "name": "n", "labels": ["a", "b"], "core_version": "1.4.1", "last_queried": null })
    );
    assert_eq!(client.data_as(&new, &register, input(json!(["a", "b"]), json!("n"))).await, first);
    assert_eq!(client.data_as(&new, &register, input(json!(["a", "b"]), Value::Null)).await, first);
    assert_ne!(client.data_as(&old, &register, input(json!(["a", "b"]), json!("n"))).await, first);
    assert_ne!(client.data_as(&new, &register, input(Value::Null, json!("n"))).await, first);

    let nobody = json!({ "type": "LocalAgent" });
    assert_eq!(client.fails("register_agent", nobody, "id").await, "No tenant found.");
    let nowhere = json!({ "type": "LocalAgent", "tenant_id": Uuid::new_v4() });
    assert_eq!(client.fails("register_agent", nowhere, "id").await, "Foreign key violation.");
}

#[tokio::test]
async fn the_queue_hands_out_what_is_due_and_fits() {
    let (sandbox, client, flow) = sandbox().await;
    let tenant = sandbox.default_tenant();
    let queue = async |labels: Value| {
        let input = json!({ "tenant_id": tenant, "labels": labels });
        client.call("get_runs_in_queue", input, "flow_run_ids").await["flow_run_ids"].clone()
    };
    let (plain, _) = run(&client, &flow, json!([])).await;
    let (gpu, _) = run(&client, &flow, json!(["gpu", "eu"])).await;
    let later = json!({ "flow_id": flow.flow_id, "scheduled_start_time": "2999-01-01T00:00:00Z" });
    let later = client.schedule(later).await;

    assert_eq!(queue(json!([])).await, json!([plain]));
    assert_eq!(queue(json!(["gpu"])).await, json!([]));
    assert_eq!(queue(json!(["us", "eu", "gpu"])).await, json!([gpu]));
    let input = json!({ "tenant_id": tenant, "before": "2999-01-01T01:00:00+01:00" });
    let all = client.call("get_runs_in_queue", input, "flow_run_ids").await;
    assert_eq!(all["flow_run_ids"], json!([plain, later]));
    let elsewhere = json!({ "tenant_id": Uuid::new_v4(), "labels": [] });
    assert_eq!(client.call("get_runs_in_queue", elsewhere, "flow_run_ids").await["flow_run_ids"], json!([]));
    let null = json!({ "tenant_id": tenant, "labels": null });
    let error = client.fails("get_runs_in_queue", null, "flow_run_ids").await;
    assert_eq!(error, "'NoneType' object has no attribute 'sort'");
    let never = json!({ "tenant_id": tenant, "before": "soon" });
    client.fails("get_runs_in_queue", never, "flow_run_ids").await;
}

#[tokio::test]
async fn a_running_run_is_due_again_when_one_of_its_tasks_is() {
    let (sandbox, client, flow) = sandbox().await;
    let (id, tasks) = run(&client, &flow, json!([])).await;
    set_flow_run(&client, &id, json!({ "type": "Running" })).await;
    let queue = async || {
        let input = json!({ "tenant_id": sandbox.default_tenant(), "labels": [] });
        client.call("get_runs_in_queue", input, "flow_run_ids").await["flow_run_ids"].clone()
    };
    assert_eq!(queue().await, json!([]));
    set_task_run(&client, &tasks[0], json!({ "type": "Retrying", "start_time": "2999-01-01T00:00:00Z" }))
        .await;
    assert_eq!(queue().await, json!([]));
    set_task_run(&client, &tasks[0], json!({ "type": "Retrying", "start_time": "2020-01-01T00:00:00Z" }))
        .await;
    assert_eq!(queue().await, json!([id]));
    set_task_run(&client, &tasks[0], json!({ "type": "Paused" })).await;
    assert_eq!(queue().await, json!([]));
}

#[tokio::test]
async fn the_agent_is_known_by_its_header() {
    let (sandbox, client, flow) = sandbox().await;
    let input = json!({ "tenant_id": sandbox.default_tenant(), "type": "LocalAgent", "labels": [] });
    let agent = client.call("register_agent", input.clone(), "id").await["id"].as_str().unwrap().to_owned();
    let headers = [("X-PREFECT-AGENT-ID", agent.as_str())];
    let queue = mutation("get_runs_in_queue", "flow_run_ids");
    let tenant = json!({ "input": { "tenant_id": sandbox.default_tenant() } });
    client.data_as(&headers, &queue, tenant.clone()).await;
    assert!(client.row("agent", &agent, "last_queried").await["last_queried"].is_string());

    let set = mutation("set_flow_run_states", "states { id }");
    let nobody = Uuid::new_v4().to_string();
    for (agent_id, expected) in [(agent.as_str(), json!(agent)), (&nobody, Value::Null), ("x", Value::Null)] {
        let (id, _) = run(&client, &flow, json!([])).await;
        let state =
            json!({ "input": { "states": [{ "flow_run_id": id, "state": { "type": "Submitted" } }] } });
        client.data_as(&[("X-PREFECT-AGENT-ID", agent_id)], &set, state).await;
        assert_eq!(client.row("flow_run", &id, "agent_id").await["agent_id"], expected);
        client.data_as(&[("X-PREFECT-AGENT-ID", agent_id)], &queue, tenant.clone()).await;
    }
}

#[tokio::test]
async fn states_of_task_runs() {
    let (_sandbox, client, flow) = sandbox().await;
    let (id, tasks) = run(&client, &flow, json!([])).await;
    let running = json!({ "type": "Running", "message": "go", "cached_inputs": { "x": { "type": "R", "location": "1.10" } } });
    let task = &tasks[0];
    assert_eq!(
        client.fails("set_task_run_states", task_state(task, &running), "states { id }").await,
        format!(
            "State update failed for task run ID {task}: provided a running state but associated flow run {id} is not in a running state."
        )
    );
    set_flow_run(&client, &id, json!({ "type": "Running" })).await;
    let answer =
        client.call("set_task_run_states", task_state(task, &running), "states { id status message }").await;
    assert_eq!(answer["states"], json!([{ "id": task, "status": "SUCCESS", "message": null }]));
    let row =
        client.row("task_run", task, "state version serialized_state heartbeat start_time end_time").await;
    assert_eq!(
        (&row["state"], &row["version"], &row["serialized_state"]),
        (&json!("Running"), &json!(2), &running)
    );
    assert!(row["heartbeat"].is_string() && row["start_time"].is_string() && row["end_time"].is_null());

    // Cached inputs stay until a state brings its own.
    set_task_run(&client, task, json!({ "type": "Success", "cached_inputs": {}, "message": "ok" })).await;
    let row = client.row("task_run", task, "state end_time serialized_state").await;
    assert_eq!(row["serialized_state"]["cached_inputs"], running["cached_inputs"]);
    assert!(row["end_time"].is_string());
    let other = json!({ "type": "Success", "cached_inputs": { "y": {} } });
    set_task_run(&client, task, other.clone()).await;
    assert_eq!(client.row("task_run", task, "serialized_state").await["serialized_state"], other);

    let nowhere = Uuid::new_v4().to_string();
    assert_eq!(
        client.fails("set_task_run_states", task_state(&nowhere, &other), "states { id }").await,
        format!("State update failed for task run ID {nowhere}")
    );
    let large = json!({ "type": "Failed", "message": "x".repeat(1_000_000) });
    let error = client.fails("set_task_run_states", task_state(task, &large), "states { id }").await;
    assert_eq!(error, "State payload is too large.");

    // Cancelling the run cancels what is not finished.
    set_flow_run(&client, &id, json!({ "type": "Cancelled", "message": "stop", "n": 1.10 })).await;
    let states = client
        .row("flow_run", &id, "task_runs(order_by: {created: asc}) { state state_message serialized_state }")
        .await;
    assert_eq!(states["task_runs"][0]["state"], "Success");
    assert_eq!(
        states["task_runs"][1],
        json!({ "state": "Cancelled", "state_message": "stop", "serialized_state": { "type": "Cancelled", "message": "stop", "n": 1.10 } })
    );
}

#[tokio::test]
async fn task_runs_are_created_when_a_runner_asks() {
    let (_sandbox, client, flow) = sandbox().await;
    let (id, tasks) = run(&client, &flow, json!([])).await;
    let task = client.row("task_run", &tasks[0], "task_id").await["task_id"].clone();
    let input = |index: Value| json!({ "flow_run_id": id, "task_id": task, "map_index": index });
    let pending = json!({ "type": "Pending", "message": "Task run created" });
    let fields = "id version state serialized_state";

    let known = client.call("get_or_create_task_run_info", input(Value::Null), fields).await;
    assert_eq!(
        known,
        json!({ "id": tasks[0], "version": 1, "state": "Pending", "serialized_state": pending })
    );
    let new = client.call("get_or_create_task_run_info", input(json!(0)), fields).await;
    assert_eq!(
        (&new["version"], &new["state"], &new["serialized_state"]),
        (&json!(0), &json!("Pending"), &pending)
    );
    let again = client.call("get_or_create_task_run_info", input(json!(0)), fields).await;
    assert_eq!((&again["id"], &again["version"]), (&new["id"], &json!(1)));
    assert_eq!(client.call("get_or_create_task_run", input(json!(0)), "id").await["id"], new["id"]);
    let other = client.call("get_or_create_task_run", input(json!(1)), "id").await["id"].clone();
    assert_ne!(other, new["id"]);
    // As the Python client asks: literals in the document.
    let literal = format!(
        "mutation {{ get_or_create_task_run_info(input: {{ flow_run_id: \"{id}\", task_id: {task}, map_index: 1 }}) {{ id }} }}"
    );
    assert_eq!(client.data(&literal).await["get_or_create_task_run_info"]["id"], other);

    let asked = client.data(&format!("{{ get_task_run_info(task_run_id: {other}) {{ {fields} }} }}")).await;
    assert_eq!(
        asked["get_task_run_info"],
        json!({ "id": other, "version": 1, "state": "Pending", "serialized_state": pending })
    );
    let nowhere = Uuid::new_v4();
    let unknown = format!("{{ get_task_run_info(task_run_id: \"{nowhere}\") {{ id }} }}");
    assert_eq!(client.error_with(&unknown, json!({})).await, "Invalid task run ID");
    let no_task = json!({ "flow_run_id": id, "task_id": nowhere });
    assert_eq!(client.fails("get_or_create_task_run_info", no_task.clone(), "id").await, "Invalid task ID");
    assert_eq!(client.fails("get_or_create_task_run", no_task, "id").await, "Invalid ID");
    let no_run = json!({ "flow_run_id": nowhere, "task_id": task });
    assert_eq!(client.fails("get_or_create_task_run", no_run.clone(), "id").await, "Invalid ID");
    assert_eq!(client.fails("get_or_create_task_run_info", no_run, "id").await, "Foreign key violation.");
}

#[tokio::test]
async fn heartbeats_and_names() {
    let (_sandbox, client, flow) = sandbox().await;
    let (id, tasks) = run(&client, &flow, json!([])).await;
    let nowhere = Uuid::new_v4().to_string();
    for (kind, id) in [("flow_run", &id), ("task_run", &tasks[0])] {
        let key = format!("{kind}_id");
        let heartbeat = format!("update_{kind}_heartbeat");
        assert!(client.row(kind, id, "heartbeat").await["heartbeat"].is_null());
        assert!(client.succeeds(&heartbeat, json!({ &key: id })).await);
        assert!(client.row(kind, id, "heartbeat").await["heartbeat"].is_string());
        assert!(client.succeeds(&heartbeat, json!({ &key: nowhere })).await);

        let rename = format!("set_{kind}_name");
        assert!(client.succeeds(&rename, json!({ &key: id, "name": "n" })).await);
        assert_eq!(client.row(kind, id, "name").await["name"], "n");
        assert!(!client.succeeds(&rename, json!({ &key: nowhere, "name": "n" })).await);
        let error = client.fails(&rename, json!({ &key: id, "name": "" }), "success").await;
        assert_eq!(error, "Invalid name");
    }
}

#[tokio::test]
async fn logs_are_written_all_or_none() {
    let (_sandbox, client, flow) = sandbox().await;
    let (id, tasks) = run(&client, &flow, json!([])).await;
    let logs = json!({ "logs": [
        { "flow_run_id": id, "task_run_id": tasks[0], "timestamp": "2022-01-01T01:00:00.5+01:00", "name": "prefect.F",
          "level": "WARNING", "message": "m", "info": { "n": 1 } },
        { "flow_run_id": id },
        { "flow_run_id": id, "info": 5 },
    ] });
    assert!(client.succeeds("write_run_logs", logs).await);
    // Prefect's command line sends one entry that is no list.
    assert!(
        client.succeeds("write_run_logs", json!({ "logs": { "flow_run_id": id, "message": "one" } })).await
    );
    let fields = "logs(order_by: {timestamp: asc}) { task_run_id timestamp name level message info }";
    let row = client.row("flow_run", &id, fields).await;
    assert_eq!(
        row["logs"][0],
        json!({ "task_run_id": tasks[0], "timestamp": "2022-01-01T00:00:00.5+00:00", "name": "prefect.F",
            "level": "WARNING", "message": "m", "info": { "n": 1 } })
    );
    assert_eq!((&row["logs"][1]["level"], &row["logs"][1]["message"]), (&json!("INFO"), &Value::Null));
    assert_eq!(row["logs"][2]["message"], "one");
    assert_eq!(row["logs"].as_array().unwrap().len(), 3);

    let mixed = json!({ "logs": [{ "flow_run_id": id }, { "flow_run_id": Uuid::new_v4() }] });
    assert_eq!(client.fails("write_run_logs", mixed, "success").await, "Foreign key violation.");
    let row = client.row("flow_run", &id, "logs { id }").await;
    assert_eq!(row["logs"].as_array().unwrap().len(), 3);
    let level = json!({ "query": mutation("write_run_logs", "success"),
        "variables": { "input": { "logs": [{ "flow_run_id": id, "level": "LOUD" }] } } });
    assert_eq!(client.post(level.to_string()).await.0, 400);
}

#[tokio::test]
async fn artifacts() {
    let (sandbox, client, flow) = sandbox().await;
    let (_, tasks) = run(&client, &flow, json!([])).await;
    let create = "create_task_run_artifact";
    let input =
        json!({ "task_run_id": tasks[0], "kind": "link", "data": { "link": "/x" }, "tenant_id": null });
    let id = client.call(create, input, "id").await["id"].as_str().unwrap().to_owned();
    let row = client.row("task_run_artifact", &id, "kind data task_run_id tenant_id").await;
    assert_eq!(
        row,
        json!({ "kind": "link", "data": { "link": "/x" }, "task_run_id": tasks[0], "tenant_id": sandbox.default_tenant() })
    );
    let update = |id: &str| json!({ "task_run_artifact_id": id, "data": { "link": "/y" } });
    assert!(client.succeeds("update_task_run_artifact", update(&id)).await);
    assert_eq!(client.row("task_run_artifact", &id, "data").await["data"]["link"], "/y");

    let nowhere = Uuid::new_v4().to_string();
    let unknown = json!({ "task_run_id": nowhere, "kind": "link", "data": {} });
    assert_eq!(client.fails(create, unknown, "id").await, format!("Task run {nowhere} not found"));
    let foreign = json!({ "task_run_id": tasks[0], "kind": "link", "data": {}, "tenant_id": nowhere });
    assert_eq!(client.fails(create, foreign, "id").await, "Invalid tenant ID.");
    let large =
        json!({ "task_run_id": tasks[0], "kind": "markdown", "data": { "markdown": "x".repeat(1_000_000) } });
    assert_eq!(client.fails(create, large, "id").await, "Artifact data payload exceeds 1000000 bytes limit.");

    assert!(!client.succeeds("update_task_run_artifact", update(&nowhere)).await);
    assert!(client.succeeds("delete_task_run_artifact", json!({ "task_run_artifact_id": id })).await);
    assert!(!client.succeeds("delete_task_run_artifact", json!({ "task_run_artifact_id": id })).await);
}
