//! Walks along edges, the order of intervals, and the queries that are not a table's.

use std::collections::HashMap;

use prefect_sandbox::{CloudMode, FlowSpec, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::Client;

/// a → b → c → d and a → c, with delays of 10 s, 2 s, a day, and none; and a flow with the task e.
struct Scene {
    _sandbox: Sandbox,
    client: Client,
    flow: String,
    ids: HashMap<String, String>,
}

async fn scene() -> Scene {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let client = Client::new(&sandbox);
    let first = create(&client, project, "F").await;
    let task = |slug: &str, delay: Value| json!({ "slug": slug, "name": slug, "retry_delay": delay });
    let tasks =
        json!([task("a", json!(10)), task("b", json!(2)), task("c", json!(86_400)), task("d", Value::Null)]);
    let edge = |from: &str, to: &str| json!({ "upstream_task": from, "downstream_task": to, "key": null });
    let edges = json!([edge("a", "b"), edge("b", "c"), edge("a", "c"), edge("c", "d")]);
    assert!(client.succeeds("register_tasks", json!({ "flow_id": first, "serialized_tasks": tasks })).await);
    assert!(client.succeeds("register_edges", json!({ "flow_id": first, "serialized_edges": edges })).await);
    let second = create(&client, project, "G").await;
    let tasks = json!([task("e", Value::Null)]);
    assert!(client.succeeds("register_tasks", json!({ "flow_id": second, "serialized_tasks": tasks })).await);
    let rows = client.data("{ task { id slug } }").await;
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let ids =
        rows["task"].as_array().unwrap().iter().map(|row| (text(row, "slug"), text(row, "id"))).collect();
    Scene { _sandbox: sandbox, client, flow: first, ids }
}

async fn create(client: &Client, project: Uuid, name: &str) -> String {
    let flow = json!({ "name": name, "__version__": "1.4.1", "tasks": [], "edges": [], "parameters": [],
        "storage": { "type": "Local" }, "type": "prefect.core.flow.Flow" });
    let input = json!({ "project_id": project, "serialized_flow": flow });
    client.call("create_flow", input, "id").await["id"].as_str().unwrap().to_owned()
}

impl Scene {
    /// `slug depth` of the tasks on the way.
    async fn walk(&self, function: &str, from: &[&str], rest: &str) -> Vec<String> {
        let ids: Vec<&str> = from.iter().map(|slug| self.ids[*slug].as_str()).collect();
        let arguments = format!("args: {{start_task_ids: \"{{{}}}\" {rest}", ids.join(","));
        let query = format!("{{ rows: {function}({arguments}) {{ depth task {{ slug }} }} }}");
        let data = self.client.data(&query).await;
        let rows = data["rows"].as_array().unwrap().iter();
        rows.map(|row| format!("{}{}", row["task"]["slug"].as_str().unwrap(), row["depth"])).collect()
    }
}

#[tokio::test]
async fn a_walk_gives_each_task_at_its_greatest_depth() {
    let scene = scene().await;
    let cases: [(&str, &[&str], &str, &[&str]); 9] = [
        ("utility_downstream_tasks", &["a"], "}", &["a0", "b1", "c2", "d3"]),
        (
            "utility_downstream_tasks",
            &["a"],
            "depth_limit: 1}, order_by: {task: {slug: asc}}",
            &["a0", "b1", "c1"],
        ),
        ("utility_downstream_tasks", &["a"], "depth_limit: null}", &["a0"]),
        ("utility_downstream_tasks", &["d"], "}", &["d0"]),
        ("utility_downstream_tasks", &[], "}", &[]),
        ("utility_upstream_tasks", &["d"], "}", &["d0", "c1", "b2", "a3"]),
        (
            "utility_upstream_tasks",
            &["c", "e"],
            "depth_limit: 0}, order_by: {task: {slug: asc}}",
            &["c0", "e0"],
        ),
        (
            "utility_upstream_tasks",
            &["d"],
            "}, where: {task: {slug: {_neq: \"c\"}}}, limit: 2",
            &["d0", "b2"],
        ),
        ("utility_upstream_tasks", &["d"], "}, order_by: {depth: desc}, offset: 1", &["b2", "c1", "d0"]),
    ];
    for (function, from, rest, expected) in cases {
        assert_eq!(scene.walk(function, from, rest).await, expected, "{function} {from:?} {rest}");
    }
    let query = format!(
        "{{ utility_downstream_tasks_aggregate(args: {{start_task_ids: \"{{{}}}\"}}) {{
            __typename aggregate {{ count max {{ depth }} }} nodes {{ depth }} }}
          utility_traversal {{ depth }} }}",
        scene.ids["b"]
    );
    assert_eq!(
        scene.client.data(&query).await,
        json!({
            "utility_downstream_tasks_aggregate": {
                "__typename": "utility_traversal_aggregate",
                "aggregate": { "count": 3, "max": { "depth": 2 } },
                "nodes": [{ "depth": 0 }, { "depth": 1 }, { "depth": 2 }],
            },
            // The table itself is empty, as it is on the real server.
            "utility_traversal": [],
        })
    );
}

#[tokio::test]
async fn a_walk_wants_an_array_of_ids() {
    let scene = scene().await;
    let query = "query($ids: _uuid) { utility_upstream_tasks(args: {start_task_ids: $ids}) { depth } }";
    for (ids, message, code) in [
        (json!("x"), "malformed array literal: \"x\"", "data-exception"),
        (json!("{x}"), "invalid input syntax for type uuid: \"x\"", "data-exception"),
        (json!([scene.ids["a"]]), "A string is expected for type: _uuid", "parse-failed"),
    ] {
        let answer = scene.client.ask_with(query, json!({ "ids": ids })).await;
        assert_eq!(answer["errors"][0]["message"], message);
        assert_eq!(answer["errors"][0]["extensions"]["code"], code);
    }
    let quoted = format!("{{ \"{}\" , {} }}", scene.ids["a"], scene.ids["b"].to_uppercase());
    let data = scene.client.data_with(query, json!({ "ids": quoted })).await;
    assert_eq!(data["utility_upstream_tasks"], json!([{ "depth": 0 }, { "depth": 1 }]));
    let data = scene.client.data_with(query, json!({ "ids": null })).await;
    assert_eq!(data["utility_upstream_tasks"], json!([]));
    let message = scene.client.error_with("{ utility_upstream_tasks(args: {}) { depth } }", json!({})).await;
    assert_eq!(message, "Non default arguments cannot be omitted");
}

#[tokio::test]
async fn a_walk_stays_in_the_tenant() {
    let mode = CloudMode::new().api_key("one", "a").api_key("two", "b");
    let cloud = Sandbox::builder().cloud(mode).start().await.unwrap();
    let project = cloud.create_project(cloud.tenant("b").await.unwrap(), "P").await.unwrap();
    cloud.register_flow(FlowSpec::new(project, "F").task("t")).await.unwrap();
    let client = Client::new(&cloud);
    let ask = async |key: &str, query: &str| {
        client.data_as(&[("authorization", &format!("Bearer {key}"))], query, json!({})).await
    };
    let task = ask("two", "{ task { id } }").await["task"][0]["id"].as_str().unwrap().to_owned();
    let walk =
        format!("{{ rows: utility_upstream_tasks(args: {{start_task_ids: \"{{{task}}}\"}}) {{ task_id }} }}");
    assert_eq!(ask("two", &walk).await["rows"], json!([{ "task_id": task }]));
    assert_eq!(ask("one", &walk).await["rows"], json!([]));
}

#[tokio::test]
async fn intervals_are_compared_by_their_lengths() {
    let scene = scene().await;
    let cases: [(&str, &[&str]); 11] = [
        ("order_by: {retry_delay: asc}, where: {slug: {_neq: \"e\"}}", &["b", "a", "c", "d"]),
        ("order_by: {retry_delay: desc_nulls_last}, limit: 3", &["c", "a", "b"]),
        ("where: {retry_delay: {_gt: \"00:00:09\"}}", &["a", "c"]),
        ("where: {retry_delay: {_gte: \"10 seconds\"}}", &["a", "c"]),
        ("where: {retry_delay: {_lt: \"PT10S\"}}", &["b"]),
        ("where: {retry_delay: {_lte: \"00:00:10\"}}", &["a", "b"]),
        ("where: {retry_delay: {_eq: \"24:00:00\"}}", &["c"]),
        ("where: {retry_delay: {_neq: \"24:00:00\"}}", &["a", "b"]),
        ("where: {retry_delay: {_in: [\"2\", \"1 day\"]}}", &["b", "c"]),
        ("where: {retry_delay: {_nin: [\"2\", \"24 hours\"]}}", &["a"]),
        ("where: {retry_delay: {_is_null: true}}", &["d", "e"]),
    ];
    for (arguments, expected) in cases {
        let data = scene.client.data(&format!("{{ task({arguments}) {{ slug }} }}")).await;
        let slugs: Vec<_> = data["task"].as_array().unwrap().iter().map(|task| &task["slug"]).collect();
        assert_eq!(slugs, expected, "{arguments}");
    }
    let answer =
        scene.client.ask_with("{ task(where: {retry_delay: {_eq: \"soon\"}}) { id } }", json!({})).await;
    assert_eq!(answer["errors"][0]["message"], "invalid input syntax for type interval: \"soon\"");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "data-exception");
}

#[tokio::test]
async fn the_children_of_a_mapped_task_are_counted() {
    let scene = scene().await;
    let run = scene.client.schedule(json!({ "flow_id": scene.flow })).await;
    let input = |index: i64| json!({ "flow_run_id": run, "task_id": scene.ids["a"], "map_index": index });
    let running = json!({ "flow_run_id": run, "state": { "type": "Running", "message": null } });
    scene.client.call("set_flow_run_states", json!({ "states": [running] }), "states { id }").await;
    let mut ids = Vec::new();
    for index in -1..3 {
        let made = scene.client.call("get_or_create_task_run", input(index), "id").await;
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    for (id, state) in [(&ids[1], "Running"), (&ids[1], "Success"), (&ids[2], "Running")] {
        let state = json!({ "task_run_id": id, "state": { "type": state, "message": null } });
        scene.client.call("set_task_run_states", json!({ "states": [state] }), "states { id }").await;
    }
    let row = scene.client.row("task_run", &ids[1], "start_time end_time").await;
    let query = "query($id: UUID!) { mapped_children(task_run_id: $id) { min_start_time max_end_time state_counts } }";
    let children =
        async |id: &str| scene.client.data_with(query, json!({ "id": id })).await["mapped_children"].clone();
    assert_eq!(
        children(&ids[0]).await,
        json!({
            "min_start_time": row["start_time"], "max_end_time": row["end_time"],
            "state_counts": { "Pending": 1, "Running": 1, "Success": 1 },
        })
    );
    assert!(row["start_time"].is_string() && row["end_time"].is_string());
    let none = json!({ "min_start_time": null, "max_end_time": null, "state_counts": {} });
    assert_eq!(children(&ids[1]).await, none);
    assert_eq!(children(&Uuid::new_v4().to_string()).await, none);
}

#[tokio::test]
async fn the_server_says_what_it_is_and_which_states_there_are() {
    let scene = scene().await;
    let data = scene
        .client
        .data(
            "{ api { backend mode core_version release_timestamp version __typename }
               reference_data { state_hierarchy state_info } }",
        )
        .await;
    assert_eq!(
        data["api"],
        json!({
            "backend": "SERVER", "mode": "normal", "core_version": "1.4.1", "release_timestamp": null,
            "version": concat!("prefect-sandbox-", env!("CARGO_PKG_VERSION")), "__typename": "api_info",
        })
    );
    let hierarchy = &data["reference_data"]["state_hierarchy"];
    assert_eq!(hierarchy["Pending"], json!(["Pending", "Scheduled", "Paused", "Resume", "Retrying"]));
    assert_eq!(hierarchy["Success"], json!(["Success", "Cached", "Mapped", "Skipped"]));
    assert_eq!(hierarchy["Failed"], json!(["Failed", "TimedOut", "TriggerFailed", "ValidationFailed"]));
    let (all, info) = (&hierarchy["State"], &data["reference_data"]["state_info"]);
    assert_eq!((all.as_array().unwrap().len(), info.as_object().unwrap().len()), (23, 23));
    assert_eq!(info["Success"], json!({ "color": "#28a745" }));

    let cloud = Sandbox::builder().cloud(CloudMode::new().api_key("key", "a")).start().await.unwrap();
    let headers = [("authorization", "Bearer key")];
    let data = Client::new(&cloud).data_as(&headers, "{ api { backend mode } }", json!({})).await;
    assert_eq!(data["api"], json!({ "backend": "CLOUD", "mode": "normal" }));
}

/// Every query of the schema is served.
#[tokio::test]
async fn no_query_of_prefect_server_is_left_out() {
    let scene = scene().await;
    let schema = "{ __schema { queryType { fields { name args { name } } } } }";
    let schema = scene.client.data(schema).await;
    for field in schema["__schema"]["queryType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        let arguments = match field["args"][0]["name"].as_str() {
            Some("args") => "(args: {start_task_ids: \"{}\"})".to_owned(),
            Some(id @ ("id" | "task_run_id")) => format!("({id}: \"{}\")", Uuid::nil()),
            _ => String::new(),
        };
        let selection = if name == "hello" { "" } else { "{ __typename }" };
        let answer = scene.client.ask_with(&format!("{{ {name}{arguments} {selection} }}"), json!({})).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or("Invalid task run ID");
        assert_eq!(message, "Invalid task run ID", "{name}");
    }
}
