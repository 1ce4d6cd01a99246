//! Registering flows: versions, keys, groups, batches of tasks and edges, schedules.

use std::io::Write;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use prefect_sandbox::Sandbox;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Client;

async fn sandbox() -> (Sandbox, Client, String) {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client, project.to_string())
}

fn task(slug: &str) -> Value {
    json!({
        "slug": slug, "name": slug, "type": "prefect.tasks.core.function.FunctionTask", "max_retries": 3,
        "retry_delay": 660, "tags": ["t"], "auto_generated": false, "cache_key": "c", "timeout": null,
        "trigger": { "fn": "prefect.triggers.all_successful", "kwargs": {} }, "__version__": "1.4.1",
    })
}

fn edge(from: &str, to: &str) -> Value {
    json!({
        "upstream_task": { "slug": from, "__version__": "1.4.1" }, "downstream_task": { "slug": to },
        "mapped": true, "key": "x", "flattened": false,
    })
}

fn flow(schedule: &Value) -> Value {
    json!({
        "name": "F", "type": "prefect.core.flow.Flow", "__version__": "1.4.1", "schedule": schedule,
        "parameters": [{ "name": "x", "slug": "x", "required": true, "default": null }],
        "run_config": { "type": "LocalRun", "labels": ["a"] }, "storage": { "type": "Local" },
        "environment": null, "tasks": [], "edges": [], "reference_tasks": [],
    })
}

fn gzip(text: &str) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(encoder.finish().unwrap())
}

async fn create(client: &Client, input: Value) -> String {
    client.call("create_flow", input, "id").await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_flow_comes_compressed_and_its_tasks_in_batches() {
    let (_sandbox, client, project) = sandbox().await;
    let text = flow(&Value::Null).to_string().replace("\"a\"", "\"a\", \"1.10\"");
    let input = json!({ "project_id": project, "serialized_flow": gzip(&text), "description": "D",
        "idempotency_key": "k", "set_schedule_active": false, "version_group_id": null });
    let made = client.call("create_flow_from_compressed_string", input.clone(), "id").await;
    let id = made["id"].as_str().unwrap();
    let fields = "name version archived description core_version storage run_config environment parameters \
                  settings is_schedule_active flow_group { labels settings default_parameters }";
    let row = client.row("flow", id, fields).await;
    assert_eq!(
        row,
        json!({
            "name": "F", "version": 1, "archived": false, "description": "D", "core_version": "1.4.1",
            "storage": { "type": "Local" }, "run_config": { "type": "LocalRun", "labels": ["a", "1.10"] },
            "environment": null, "settings": {}, "is_schedule_active": false,
            "parameters": [{ "name": "x", "slug": "x", "required": true, "default": null }],
            "flow_group": { "labels": null, "default_parameters": {}, "settings": {
                "heartbeat_enabled": true, "lazarus_enabled": true, "version_locking_enabled": false,
                "idempotency_key": "k",
            } },
        })
    );

    for batch in [json!([task("a"), task("b")]), json!([task("b"), task("c")]), json!([])] {
        assert!(client.succeeds("register_tasks", json!({ "flow_id": id, "serialized_tasks": batch })).await);
    }
    for batch in [json!([edge("a", "b")]), json!([edge("a", "b"), edge("b", "c")]), json!([])] {
        assert!(client.succeeds("register_edges", json!({ "flow_id": id, "serialized_edges": batch })).await);
    }
    let fields = "serialized_flow tasks(order_by: {slug: asc}) { slug name type max_retries retry_delay tags \
                  cache_key trigger mapped } edges(order_by: {created: asc}) { key mapped \
                  upstream_task { slug } downstream_task { slug } }";
    let row = client.row("flow", id, fields).await;
    let slugs = row["serialized_flow"]["tasks"].as_array().unwrap().iter().map(|task| &task["slug"]);
    assert_eq!(slugs.collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(row["tasks"].as_array().unwrap().len(), 3);
    assert_eq!(
        row["tasks"][0],
        json!({
            "slug": "a", "name": "a", "type": "prefect.tasks.core.function.FunctionTask", "max_retries": 3,
            "retry_delay": "00:11:00", "tags": ["t"], "cache_key": "c", "mapped": false,
            "trigger": "prefect.triggers.all_successful",
        })
    );
    assert_eq!(row["edges"].as_array().unwrap().len(), 2);
    assert_eq!(
        row["edges"][1],
        json!({ "key": "x", "mapped": true, "upstream_task": { "slug": "b" }, "downstream_task": { "slug": "c" } })
    );

    // The same key is the same version, another key the next one.
    assert_eq!(client.call("create_flow_from_compressed_string", input, "id").await["id"], id);
}

#[tokio::test]
async fn versions_groups_and_keys() {
    let (_sandbox, client, project) = sandbox().await;
    let input = |key: Value| json!({ "project_id": project, "serialized_flow": flow(&Value::Null), "idempotency_key": key });
    let first = create(&client, input(json!("a"))).await;
    let waiting = client.schedule(json!({ "flow_id": first, "parameters": { "x": 1 } })).await;
    let second = create(&client, input(json!("b"))).await;
    assert_ne!(first, second);
    let run = client.row("flow_run", &waiting, "state state_message").await;
    assert_eq!(run, json!({ "state": "Cancelled", "state_message": format!("Flow {first} was archived.") }));
    // Forced: no key. Then the same key as before makes a version again, and once more does not.
    let third = create(&client, input(Value::Null)).await;
    let fourth = create(&client, input(json!("b"))).await;
    assert_ne!(third, fourth);
    assert_eq!(create(&client, input(json!("b"))).await, fourth);
    let flows = client
        .data("{ flow(order_by: {version: asc}) { version archived flow_group_id } flow_group { id } }")
        .await;
    let versions: Vec<_> =
        flows["flow"].as_array().unwrap().iter().map(|f| (&f["version"], &f["archived"])).collect();
    assert_eq!(
        versions,
        [
            (&json!(1), &json!(true)),
            (&json!(2), &json!(true)),
            (&json!(3), &json!(true)),
            (&json!(4), &json!(false))
        ]
    );
    assert_eq!(flows["flow_group"].as_array().unwrap().len(), 1);

    // A version group that is named stands by itself.
    let mut named = input(Value::Null);
    named["version_group_id"] = json!("mine");
    let named = create(&client, named).await;
    assert_eq!(
        client.row("flow", &named, "version version_group_id").await,
        json!({ "version": 1, "version_group_id": "mine" })
    );
    assert_eq!(client.row("flow", &fourth, "archived").await["archived"], false);
}

#[tokio::test]
async fn what_cannot_be_registered() {
    let (_sandbox, client, project) = sandbox().await;
    let nowhere = Uuid::new_v4().to_string();
    let input = json!({ "project_id": nowhere, "serialized_flow": flow(&Value::Null) });
    assert_eq!(client.fails("create_flow", input, "id").await, "Invalid project.");
    for broken in ["!", "aGVsbG8=", &gzip("{"), &gzip("NaN")] {
        let input = json!({ "project_id": project, "serialized_flow": broken });
        let error = client.fails("create_flow_from_compressed_string", input, "id").await;
        assert_eq!(error, "Unable to decompress serialized flow");
    }
    let mut old = flow(&Value::Null);
    old["__version__"] = json!("0.6.0");
    let input = json!({ "project_id": project, "serialized_flow": old });
    assert_eq!(
        client.fails("create_flow", input, "id").await,
        "Prefect backends require new flows to be built with Prefect 0.6.1+, but this flow was built with Prefect 0.6.0."
    );
    let mut unknown = flow(&Value::Null);
    unknown["edges"] = json!([edge("a", "b")]);
    let input = json!({ "project_id": project, "serialized_flow": unknown });
    let error = client.fails("create_flow", input, "id").await;
    assert_eq!(error, "Unable to complete operation. An internal API error occurred.");
    assert_eq!(
        client.data("{ flow { id } flow_group { id } }").await,
        json!({ "flow": [], "flow_group": [] })
    );

    let input = json!({ "project_id": project, "serialized_flow": flow(&Value::Null) });
    let id = create(&client, input).await;
    let edges = json!({ "flow_id": id, "serialized_edges": [edge("a", "b")] });
    assert_eq!(
        client.fails("register_edges", edges, "success").await,
        "Edges could not be registered - some edges reference tasks that do not exist within this flow."
    );
    let tasks = json!({ "flow_id": nowhere, "serialized_tasks": [task("a")] });
    assert_eq!(client.fails("register_tasks", tasks, "success").await, "Foreign key violation.");
    let edges = json!({ "flow_id": nowhere, "serialized_edges": [] });
    assert_eq!(client.fails("register_edges", edges, "success").await, "Invalid flow ID");
    let tasks = json!({ "flow_id": id, "serialized_tasks": [{ "name": "no slug" }] });
    assert!(client.fails("register_tasks", tasks, "success").await.contains("missing field `slug`"));
}

#[tokio::test]
async fn schedules_are_activated_when_their_parameters_are_given() {
    let (_sandbox, client, project) = sandbox().await;
    let clocks = |defaults: Value| json!({ "type": "Schedule", "clocks": [{ "type": "CronClock", "cron": "0 0 * * *", "parameter_defaults": defaults }] });
    let input = |schedule: &Value| json!({ "project_id": project, "serialized_flow": flow(schedule) });
    let active =
        async |id: &str| client.row("flow", id, "is_schedule_active").await["is_schedule_active"].clone();

    let none = create(&client, input(&Value::Null)).await;
    assert!(!client.succeeds("set_schedule_active", json!({ "flow_id": none })).await);
    assert!(!client.succeeds("set_schedule_active", json!({ "flow_id": Uuid::new_v4() })).await);

    // It registers, though its schedule cannot be activated.
    let open = create(&client, input(&clocks(json!({})))).await;
    assert_eq!(active(&open).await, false);
    let error = client.fails("set_schedule_active", json!({ "flow_id": open }), "success").await;
    assert_eq!(error, "Can not schedule a flow that has required parameters.");

    let given = create(&client, input(&clocks(json!({ "x": 1 })))).await;
    assert_eq!(active(&given).await, true);
    assert!(client.succeeds("set_schedule_inactive", json!({ "flow_id": given })).await);
    assert_eq!(active(&given).await, false);
    assert!(client.succeeds("set_schedule_active", json!({ "flow_id": given })).await);
    assert_eq!(active(&given).await, true);
    assert!(!client.succeeds("set_schedule_inactive", json!({ "flow_id": Uuid::new_v4() })).await);

    let mut quiet = input(&clocks(json!({ "x": 1 })));
    quiet["set_schedule_active"] = Value::Null;
    assert_eq!(active(&create(&client, quiet).await).await, false);
}

/// What the real server's scheduler makes; the sandbox has none, so the column is set behind its back.
fn mark_auto_scheduled(file: &std::path::Path, run: &str) {
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let count = conn.execute("UPDATE flow_run SET auto_scheduled = 1 WHERE id = ?1", [run]).unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn auto_scheduled_runs_go_with_their_schedule() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.db");
    let sandbox = Sandbox::builder().database(&file).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let client = Client::new(&sandbox);
    let input = json!({ "project_id": project, "serialized_flow": flow(&Value::Null) });
    let id = create(&client, input).await;
    let group = client.row("flow", &id, "flow_group_id").await["flow_group_id"].clone();
    let schedule = async || client.schedule(json!({ "flow_id": id, "parameters": { "x": 1 } })).await;
    let ad_hoc = schedule().await;
    for (mutation, input) in [
        ("set_schedule_inactive", json!({ "flow_id": id })),
        (
            "set_flow_group_schedule",
            json!({ "flow_group_id": group, "interval_clocks": [{ "interval": 60 }] }),
        ),
        ("delete_flow_group_schedule", json!({ "flow_group_id": group })),
        ("archive_flow", json!({ "flow_id": id })),
    ] {
        let (waiting, running) = (schedule().await, schedule().await);
        mark_auto_scheduled(&file, &waiting);
        mark_auto_scheduled(&file, &running);
        sandbox.set_flow_run_state(running.parse().unwrap(), "Running", "").await.unwrap();
        assert_eq!(client.row("flow_run", &ad_hoc, "state").await["state"], "Scheduled", "{mutation}");
        assert!(client.succeeds(mutation, input).await, "{mutation}");
        assert!(client.row("flow_run", &waiting, "id").await.is_null(), "{mutation}");
        assert_eq!(client.row("flow_run", &running, "state").await["state"], "Running", "{mutation}");
    }
    assert_eq!(client.row("flow_run", &ad_hoc, "state").await["state"], "Cancelled");
}

/// What a client sends comes back byte for byte.
#[tokio::test]
async fn serialized_forms_keep_their_texts() {
    let (_sandbox, client, project) = sandbox().await;
    let text = r#"{"name":"F", "storage": {"n": 1e400, "a":9007199254740993 },"run_config":{ "x":1.10},
        "parameters":[],"schedule":null,"z":[ 1E5 ]}"#;
    let input = json!({ "project_id": project, "serialized_flow": gzip(text) });
    let made = client.call("create_flow_from_compressed_string", input, "id").await;
    let id = made["id"].as_str().unwrap();
    let query =
        json!({ "query": format!(r#"{{flow_by_pk(id:"{id}"){{serialized_flow storage run_config}}}}"#) });
    let (_, reply) = client.post(query.to_string()).await;
    assert_eq!(
        reply,
        format!(
            "{{\"data\":{{\"flow_by_pk\":{{\"serialized_flow\":{text},\"storage\":{},\"run_config\":{}}}}}}}\n",
            r#"{"n": 1e400, "a":9007199254740993 }"#, r#"{ "x":1.10}"#
        )
    );
}
