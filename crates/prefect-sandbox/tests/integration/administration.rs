//! Settings of tenants, projects, flow groups and agents, and deleting things.

use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{self, Client, with_flow};

fn nowhere() -> String {
    Uuid::new_v4().to_string()
}

#[tokio::test]
async fn flow_groups_are_set_and_runs_follow() {
    let (_sandbox, client, flow) = with_flow().await;
    let group = flow.flow_group_id.to_string();
    let input = |key: &str, value: Value| json!({ "flow_group_id": group, key: value });
    let run_config = json!({ "type": "LocalRun", "labels": ["z", "y"], "env": { "n": 1.10 } });
    for (mutation, key, value) in [
        ("set_flow_group_default_parameters", "parameters", json!({ "n": 1.10 })),
        ("set_flow_group_description", "description", json!("D")),
        ("set_flow_group_run_config", "run_config", run_config.clone()),
    ] {
        assert!(client.succeeds(mutation, input(key, value.clone())).await, "{mutation}");
        assert!(
            !client.succeeds(mutation, json!({ "flow_group_id": nowhere(), key: value })).await,
            "{mutation}"
        );
    }
    let fields = "default_parameters description run_config labels";
    let expected = json!({ "default_parameters": { "n": 1.10 }, "description": "D", "run_config": run_config, "labels": null });
    assert_eq!(client.row("flow_group", &group, fields).await, expected);
    let run = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let run = client.row("flow_run", &run, "labels parameters run_config").await;
    assert_eq!(run, json!({ "labels": ["y", "z"], "parameters": { "n": 1.10 }, "run_config": run_config }));

    assert!(client.succeeds("set_flow_group_labels", input("labels", json!(["b", "a", "b"]))).await);
    let run = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    assert_eq!(client.row("flow_run", &run, "labels").await["labels"], json!(["a", "b"]));
    assert!(client.succeeds("set_flow_group_labels", input("labels", json!([]))).await);
    assert_eq!(client.row("flow_group", &group, "labels").await["labels"], json!([]));
    let empty = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    assert_eq!(client.row("flow_run", &empty, "labels").await["labels"], json!([]));
    assert!(!client.succeeds("set_flow_group_labels", json!({ "flow_group_id": nowhere() })).await);

    for (mutation, key) in [
        ("set_flow_group_labels", "labels"),
        ("set_flow_group_description", "description"),
        ("set_flow_group_run_config", "run_config"),
    ] {
        assert!(client.succeeds(mutation, input(key, Value::Null)).await);
        assert!(client.row("flow_group", &group, key).await[key].is_null());
    }

    assert!(
        client.succeeds("set_flow_run_labels", json!({ "flow_run_id": run, "labels": ["d", "c"] })).await
    );
    assert_eq!(client.row("flow_run", &run, "labels").await["labels"], json!(["c", "d"]));
    assert!(!client.succeeds("set_flow_run_labels", json!({ "flow_run_id": nowhere(), "labels": [] })).await);
}

#[tokio::test]
async fn switches_of_a_flow() {
    let (_sandbox, client, flow) = with_flow().await;
    let settings = async || {
        client.row("flow_group", &flow.flow_group_id.to_string(), "settings").await["settings"].clone()
    };
    for (mutation, setting, value) in [
        ("disable_flow_heartbeat", "heartbeat_enabled", false),
        ("enable_flow_heartbeat", "heartbeat_enabled", true),
        ("disable_flow_lazarus_process", "lazarus_enabled", false),
        ("enable_flow_lazarus_process", "lazarus_enabled", true),
    ] {
        assert!(client.succeeds(mutation, json!({ "flow_id": flow.flow_id })).await);
        assert_eq!(settings().await[setting], value, "{mutation}");
        let error = client.fails(mutation, json!({ "flow_id": nowhere() }), "success").await;
        assert_eq!(error, "Invalid flow ID.");
    }
    assert_eq!(
        settings().await,
        json!({ "heartbeat_enabled": true, "lazarus_enabled": true, "version_locking_enabled": false,
            "idempotency_key": null, "disable_heartbeat": false })
    );
}

#[tokio::test]
async fn schedules_of_a_flow_group() {
    let (_sandbox, client, flow) = with_flow().await;
    let group = flow.flow_group_id.to_string();
    let set = "set_flow_group_schedule";
    let input = json!({ "flow_group_id": group, "timezone": "Europe/Berlin",
        "cron_clocks": [{ "cron": "0 6 * * mon", "parameter_defaults": { "n": 1.10 } }],
        "interval_clocks": [{ "interval": 420 }] });
    assert!(client.succeeds(set, input).await);
    let schedule = client.row("flow_group", &group, "schedule").await["schedule"].clone();
    assert_eq!(schedule["type"], "Schedule");
    let (cron, interval) = (&schedule["clocks"][0], &schedule["clocks"][1]);
    assert_eq!((&cron["type"], &cron["cron"]), (&json!("CronClock"), &json!("0 6 * * mon")));
    assert_eq!(cron["parameter_defaults"], json!({ "n": 1.10 }));
    assert_eq!((&interval["type"], &interval["interval"]), (&json!("IntervalClock"), &json!(420_000_000)));
    assert_eq!(interval["start_date"]["tz"], "Europe/Berlin");
    assert!(client.succeeds("set_schedule_active", json!({ "flow_id": flow.flow_id })).await);

    let one = |cron: &str| json!({ "flow_group_id": group, "cron_clocks": { "cron": cron } });
    assert!(client.succeeds(set, one("@daily")).await);
    let schedule = client.row("flow_group", &group, "schedule").await["schedule"].clone();
    assert_eq!(schedule["clocks"], json!([{ "type": "CronClock", "cron": "@daily", "start_date": null }]));
    assert_eq!(
        client.fails(set, one("it's late"), "success").await,
        "Invalid clock provided for schedule: {'type': 'CronClock', 'cron': \"it's late\", 'start_date': None}"
    );
    let never = json!({ "flow_group_id": group, "interval_clocks": [{ "interval": 0 }] });
    assert_eq!(
        client.fails(set, never, "success").await,
        "Invalid clock provided for schedule: {'type': 'IntervalClock', 'interval': 0, 'start_date': None}"
    );
    let mars = json!({ "flow_group_id": group, "timezone": "Mars/Olympus" });
    let error = client.fails(set, mars, "success").await;
    assert_eq!(error, "Invalid timezone provided for schedule: Mars/Olympus");
    let null = json!({ "flow_group_id": group, "cron_clocks": null });
    assert_eq!(client.fails(set, null, "success").await, "'NoneType' object is not iterable");
    assert!(!client.succeeds(set, json!({ "flow_group_id": nowhere() })).await);

    assert!(client.succeeds("delete_flow_group_schedule", json!({ "flow_group_id": group })).await);
    assert!(client.row("flow_group", &group, "schedule").await["schedule"].is_null());
    assert!(!client.succeeds("delete_flow_group_schedule", json!({ "flow_group_id": nowhere() })).await);
}

#[tokio::test]
async fn tenants_and_projects_are_changed() {
    let (sandbox, client, flow) = with_flow().await;
    let tenant = sandbox.default_tenant();
    let project = sandbox.create_project(tenant, "Q").await.unwrap();
    let input = |key: &str, value: Value| json!({ "project_id": project, key: value });
    let id = json!({ "id": project });
    assert_eq!(client.call("set_project_name", input("name", json!("R")), "id").await, id);
    assert_eq!(client.call("set_project_description", input("description", json!("D")), "id").await, id);
    let row = client.row("project", &project.to_string(), "name description").await;
    assert_eq!(row, json!({ "name": "R", "description": "D" }));
    let error = client.fails("set_project_name", input("name", json!("P")), "id").await;
    assert_eq!(error, "Uniqueness violation.");
    for (mutation, key) in [("set_project_name", "name"), ("set_project_description", "description")] {
        let unknown = json!({ "project_id": nowhere(), key: "x" });
        assert_eq!(client.fails(mutation, unknown, "id").await, "Update failed");
    }

    let input = |key: &str, value: Value| json!({ "tenant_id": tenant, key: value });
    let id = json!({ "id": tenant });
    assert_eq!(client.call("update_tenant_name", input("name", json!("T")), "id").await, id);
    assert_eq!(client.call("update_tenant_slug", input("slug", json!("t-1")), "id").await, id);
    for settings in [json!({ "a": 1, "b": 2 }), json!({ "b": 1.10 })] {
        assert_eq!(client.call("update_tenant_settings", input("settings", settings), "id").await, id);
    }
    let row = client.row("tenant", &tenant.to_string(), "name slug settings").await;
    assert_eq!(row, json!({ "name": "T", "slug": "t-1", "settings": { "a": 1, "b": 1.10 } }));
    let error = client.fails("update_tenant_slug", input("slug", json!("T 1")), "id").await;
    assert_eq!(error, "Slug must be \"slugified\" (lowercase; no spaces)");
    sandbox.create_tenant("Other").await.unwrap();
    let error = client.fails("update_tenant_slug", input("slug", json!("other")), "id").await;
    assert_eq!(error, "Uniqueness violation.");
    let error = client.fails("update_tenant_settings", input("settings", Value::Null), "id").await;
    assert_eq!(error, "'NoneType' object is not iterable");
    for (mutation, key, value, expected) in [
        ("update_tenant_name", "name", json!("x"), "Update failed."),
        ("update_tenant_slug", "slug", json!("x"), "Update failed."),
        ("update_tenant_settings", "settings", json!({}), "Invalid tenant id."),
    ] {
        let unknown = json!({ "tenant_id": nowhere(), key: value });
        assert_eq!(client.fails(mutation, unknown, "id").await, expected);
    }

    let moved = json!({ "flow_id": flow.flow_id, "project_id": project });
    assert_eq!(client.call("update_flow_project", moved, "id").await, json!({ "id": flow.flow_id }));
    let row = client.row("flow", &flow.flow_id.to_string(), "project { id }").await;
    assert_eq!(row["project"]["id"], json!(project));
    let unknown = json!({ "flow_id": flow.flow_id, "project_id": nowhere() });
    let error = client.fails("update_flow_project", unknown, "id").await;
    assert_eq!(error, "Invalid flow or project ID.");
}

#[tokio::test]
async fn agents_and_their_configurations() {
    let (sandbox, client, _) = with_flow().await;
    let tenant = sandbox.default_tenant();
    let config = json!({ "tenant_id": tenant, "name": "c", "settings": { "n": 1.10 } });
    let config = client.call("create_agent_config", config, "id").await["id"].as_str().unwrap().to_owned();
    let error = client.fails("create_agent_config", json!({ "tenant_id": nowhere() }), "id").await;
    assert_eq!(error, "Foreign key violation.");
    assert!(client.succeeds("update_agent_config", json!({ "agent_config_id": config, "name": "d" })).await);
    assert!(
        !client.succeeds("update_agent_config", json!({ "agent_config_id": nowhere(), "name": "d" })).await
    );
    let row = client.row("agent_config", &config, "name settings").await;
    assert_eq!(row, json!({ "name": "d", "settings": { "n": 1.10 } }));

    let agent = json!({ "tenant_id": tenant, "type": "LocalAgent", "agent_config_id": config });
    let agent = client.call("register_agent", agent, "id").await["id"].as_str().unwrap().to_owned();
    assert!(client.succeeds("delete_agent_config", json!({ "agent_config_id": config })).await);
    assert!(!client.succeeds("delete_agent_config", json!({ "agent_config_id": config })).await);
    assert!(client.row("agent", &agent, "agent_config_id").await["agent_config_id"].is_null());
    assert!(client.succeeds("delete_agent", json!({ "agent_id": agent })).await);
    assert!(!client.succeeds("delete_agent", json!({ "agent_id": agent })).await);
}

#[tokio::test]
async fn messages_that_are_not_there() {
    let (_sandbox, client, _) = with_flow().await;
    for mutation in ["mark_message_as_read", "mark_message_as_unread", "delete_message"] {
        assert!(!client.succeeds(mutation, json!({ "message_id": nowhere() })).await);
    }
}

/// A tenant with a project with a flow with a task and a run with logs and an artifact.
async fn scene(sandbox: &Sandbox, client: &Client) -> [String; 5] {
    let tenant = sandbox.create_tenant(&nowhere()).await.unwrap();
    let project = sandbox.create_project(tenant, "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F").task("a")).await.unwrap();
    let run = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let tasks = client.row("flow_run", &run, "task_runs { id }").await["task_runs"].clone();
    let logs = json!({ "logs": [{ "flow_run_id": run, "task_run_id": tasks[0]["id"] }] });
    assert!(client.succeeds("write_run_logs", logs).await);
    let artifact = json!({ "task_run_id": tasks[0]["id"], "kind": "link", "data": {} });
    client.call("create_task_run_artifact", artifact, "id").await;
    [tenant.to_string(), project.to_string(), flow.flow_group_id.to_string(), flow.flow_id.to_string(), run]
}

#[tokio::test]
async fn deleting_takes_everything_below() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    let tables = ["flow_run", "flow", "flow_group", "project"];
    for (depth, table) in tables.iter().enumerate() {
        let [_, project, group, flow, run] = scene(&sandbox, &client).await;
        let id = [&run, &flow, &group, &project][depth];
        let mutation = format!("delete_{table}");
        let input = json!({ format!("{table}_id"): id });
        assert!(client.succeeds(&mutation, input.clone()).await);
        assert!(!client.succeeds(&mutation, input).await);
        let all = "{ flow_run { id } task_run { id } flow_run_state { id } task_run_state { id } log { id } task_run_artifact { id } }";
        for (table, rows) in client.data(all).await.as_object().unwrap() {
            assert_eq!(rows, &json!([]), "{mutation}: {table}");
        }
    }
    let [tenant, ..] = scene(&sandbox, &client).await;
    let unsure = json!({ "tenant_id": tenant, "confirm": false });
    let error = client.fails("delete_tenant", unsure, "success").await;
    assert_eq!(error, "Must pass `confirm=True` to proceed.");
    assert!(client.succeeds("delete_tenant", json!({ "tenant_id": tenant, "confirm": true })).await);
    assert!(!client.succeeds("delete_tenant", json!({ "tenant_id": tenant, "confirm": true })).await);
    let left = client.data("{ flow_run { id } log { id } }").await;
    assert_eq!(left, json!({ "flow_run": [], "log": [] }));
}

#[tokio::test]
async fn what_is_not_served_says_so() {
    let (_sandbox, client, flow) = with_flow().await;
    for (kind, root, selection) in [
        ("mutation", "insert_flow_one", "insert_flow_one(object: {}) { id }".to_owned()),
        ("mutation", "delete_flow", "delete_flow_by_pk(id: \"x\") { id }".to_owned()),
        (
            "mutation",
            "update_flow",
            "update_flow(where: {}, _set: {name: \"x\"}) { affected_rows }".to_owned(),
        ),
        ("subscription", "flow", format!("flow(where: {{id: {{_eq: \"{}\"}}}}) {{ id }}", flow.flow_id)),
    ] {
        let answer = client.ask_with(&format!("{kind} {{ {selection} }}"), json!({})).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(
            message.starts_with(root) && message.ends_with(" is not served by this sandbox"),
            "{message}"
        );
    }
    let row = client.row("flow", &flow.flow_id.to_string(), "name").await;
    assert_eq!(row["name"], "F");
}

/// Every mutation of the schema is served, but for raw tables and cloud hooks.
#[tokio::test]
async fn every_mutation_is_served_or_says_that_it_is_not() {
    let (_sandbox, client, _) = with_flow().await;
    let schema =
        client.data("{ __schema { mutationType { fields { name args { name } type { name } } } } }").await;
    let (mut served, mut refused) = (0, 0);
    for field in schema["__schema"]["mutationType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        if field["args"][0]["name"] != "input" {
            continue;
        }
        let input = client.data(&format!(r#"{{ __type(name: "{name}_input") {{ inputFields {{ name type {{ kind name ofType {{ kind name }} }} }} }} }}"#)).await;
        let given: serde_json::Map<String, Value> = input["__type"]["inputFields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field["type"]["kind"] == "NON_NULL")
            .map(|field| (field["name"].as_str().unwrap().to_owned(), sample(&field["type"]["ofType"])))
            .collect();
        let answer = client.ask_with(&common::mutation(name, "__typename"), json!({ "input": given })).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
        if name.contains("cloud_hook") {
            assert_eq!(message, format!("{name} is not served by this sandbox"));
            refused += 1;
        } else {
            assert!(!message.contains("not served") && !message.contains("internal"), "{name}: {message}");
            served += 1;
        }
    }
    assert_eq!((served, refused), (54, 5));
}

fn sample(ty: &Value) -> Value {
    match (ty["kind"].as_str().unwrap(), ty["name"].as_str().unwrap_or_default()) {
        ("LIST", _) => json!([]),
        ("ENUM", _) => json!("SLACK_WEBHOOK"),
        (_, "UUID") => json!(nowhere()),
        (_, "Boolean") => json!(true),
        (_, "JSON") => json!({}),
        (_, "Int") => json!(1),
        _ => json!("x"),
    }
}
