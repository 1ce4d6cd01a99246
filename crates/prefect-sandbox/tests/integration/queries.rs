//! Queries on tables: comparison operators, null collapse, relationships, order, selections.

use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Client, optional, required, with_flow};

/// Flows a1 (v1), a2 (v2, archived), b (v1) in project A; c (v1) in project B.
async fn scene() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let tenant = sandbox.default_tenant();
    let a = sandbox.create_project(tenant, "A").await.unwrap();
    let b = sandbox.create_project(tenant, "B").await.unwrap();
    let flow = |project: Uuid, name: &str| FlowSpec::new(project, name).keep_previous();
    sandbox.register_flow(flow(a, "alpha").description("50% off").parameter(required("x"))).await.unwrap();
    sandbox.register_flow(flow(a, "alpha").archived(true).parameter(optional("y", json!(1)))).await.unwrap();
    sandbox.register_flow(flow(a, "Beta").description("none")).await.unwrap();
    sandbox.register_flow(flow(b, "gamma").task("one").task("two")).await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client)
}

/// `name version` of the flows that match, in the order of registration.
async fn matching(client: &Client, filter: &str) -> Vec<String> {
    let data = client.data(&format!("{{ flow(where: {filter}) {{ name version }} }}")).await;
    names(&data["flow"])
}

fn names(flows: &Value) -> Vec<String> {
    let flows = flows.as_array().unwrap().iter();
    flows.map(|flow| format!("{}{}", flow["name"].as_str().unwrap(), flow["version"])).collect()
}

const ALL: [&str; 4] = ["alpha1", "alpha2", "Beta1", "gamma1"];

#[tokio::test]
async fn comparison_operators() {
    let (_sandbox, client) = scene().await;
    let cases: [(&str, &[&str]); 27] = [
        (r#"{name: {_eq: "alpha"}}"#, &["alpha1", "alpha2"]),
        (r#"{name: {_neq: "alpha"}}"#, &["Beta1", "gamma1"]),
        ("{version: {_gt: 1}}", &["alpha2"]),
        ("{version: {_gte: 2}}", &["alpha2"]),
        ("{version: {_lt: 2, _gt: 0}}", &["alpha1", "Beta1", "gamma1"]),
        ("{version: {_lte: 0}}", &[]),
        (r#"{name: {_in: ["Beta", "gamma"]}}"#, &["Beta1", "gamma1"]),
        (r#"{name: {_in: "Beta"}}"#, &["Beta1"]),
        ("{name: {_in: []}}", &[]),
        ("{name: {_nin: []}}", &ALL),
        (r#"{name: {_nin: ["alpha"]}}"#, &["Beta1", "gamma1"]),
        ("{version: {_in: [2, 3]}}", &["alpha2"]),
        ("{archived: {_eq: true}}", &["alpha2"]),
        ("{archived: {_in: [false]}}", &["alpha1", "Beta1", "gamma1"]),
        ("{description: {_is_null: true}}", &["alpha2", "gamma1"]),
        ("{description: {_is_null: false}}", &["alpha1", "Beta1"]),
        (r#"{description: {_neq: "none"}}"#, &["alpha1"]),
        (r#"{name: {_like: "%a"}}"#, &ALL),
        (r#"{name: {_like: "b%"}}"#, &[]),
        (r#"{name: {_ilike: "b%"}}"#, &["Beta1"]),
        (r#"{name: {_nilike: "B%"}}"#, &["alpha1", "alpha2", "gamma1"]),
        (r#"{description: {_like: "50\\% %"}}"#, &["alpha1"]),
        (r#"{created: {_lt: "2000-01-01T00:00:00Z"}}"#, &[]),
        (r#"{created: {_gt: "2000-01-01"}}"#, &ALL),
        (r#"{parameters: {_contains: [{name: "x"}]}}"#, &["alpha1"]),
        ("{settings: {_eq: {}}}", &ALL),
        ("{settings: {_has_key: \"x\"}}", &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(matching(&client, filter).await, expected, "{filter}");
    }
}

/// As everywhere in SQL, a null is neither in a list nor not in it.
#[tokio::test]
async fn lists_of_json() {
    let (sandbox, client) = scene().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "C").await.unwrap();
    sandbox.register_flow(FlowSpec::new(project, "own").run_config(json!({ "n": 1 }))).await.unwrap();
    let cases: [(&str, &[&str]); 6] = [
        ("{run_config: {_in: [{n: 1}, {n: 2}]}}", &["own1"]),
        ("{run_config: {_nin: [{n: 2}]}}", &["own1"]),
        ("{run_config: {_nin: [{n: 1}]}}", &[]),
        ("{_not: {run_config: {_nin: [{n: 1}]}}}", &["own1"]),
        ("{_not: {run_config: {_in: [{n: 2}]}}}", &["own1"]),
        ("{run_config: {_in: []}}", &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(matching(&client, filter).await, expected, "{filter}");
    }
    assert_eq!(matching(&client, "{run_config: {_nin: []}}").await.len(), 5);
}

#[tokio::test]
async fn patterns() {
    let (_sandbox, client) = scene().await;
    let cases: [(&str, &[&str]); 11] = [
        (r#"{name: {_regex: "^[ag]"}}"#, &["alpha1", "alpha2", "gamma1"]),
        (r#"{name: {_regex: "^b"}}"#, &[]),
        (r#"{name: {_iregex: "^b"}}"#, &["Beta1"]),
        (r#"{name: {_nregex: "^[ag]"}}"#, &["Beta1"]),
        (r#"{name: {_niregex: "^B"}}"#, &["alpha1", "alpha2", "gamma1"]),
        (r#"{name: {_regex: "\\mBeta\\M"}}"#, &["Beta1"]),
        (r#"{name: {_similar: "%(lph|mm)a"}}"#, &["alpha1", "alpha2", "gamma1"]),
        (r#"{name: {_similar: "alph"}}"#, &[]),
        (r#"{name: {_nsimilar: "alpha|gamma"}}"#, &["Beta1"]),
        // No description is neither like a pattern nor unlike it.
        (r#"{description: {_nregex: "x"}}"#, &["alpha1", "Beta1"]),
        ("{name: {_regex: null}}", &ALL),
    ];
    for (filter, expected) in cases {
        assert_eq!(matching(&client, filter).await, expected, "{filter}");
    }
    // The pattern is a value, whatever is in it.
    let query = "query($p: String) { flow(where: {name: {_regex: $p}}) { name } }";
    assert_eq!(client.data_with(query, json!({ "p": "' OR 'a" })).await, json!({ "flow": [] }));
    let answer = client.ask_with(query, json!({ "p": "(" })).await;
    assert_eq!(
        (&answer["errors"][0]["message"], &answer["errors"][0]["extensions"]["code"], &answer["data"]),
        (&json!("invalid regular expression: unclosed group"), &json!("data-exception"), &Value::Null)
    );
    let huge = client.error_with(query, json!({ "p": "(a{1000}){1000}" })).await;
    assert_eq!(huge, "invalid regular expression: regular expression is too complex");
}

#[tokio::test]
async fn boolean_structure_and_null_collapse() {
    let (_sandbox, client) = scene().await;
    let cases: [(&str, &[&str]); 14] = [
        ("{}", &ALL),
        ("{name: {}}", &ALL),
        ("{name: null}", &ALL),
        ("{name: {_eq: null}}", &ALL),
        ("{name: {_in: null}, project: {name: {_eq: null}}}", &ALL),
        ("{_and: null, _not: null}", &ALL),
        (r#"{_and: {name: {_eq: "alpha"}, version: {_eq: null}}}"#, &["alpha1", "alpha2"]),
        (r#"{_or: [{name: {_eq: "Beta"}}, {version: {_eq: 2}}]}"#, &["alpha2", "Beta1"]),
        (r#"{_or: [{name: {_eq: "Beta"}}, {name: {_eq: null}}]}"#, &ALL),
        ("{_or: []}", &[]),
        ("{_and: []}", &ALL),
        (r#"{_not: {name: {_eq: "alpha"}}}"#, &["Beta1", "gamma1"]),
        (r#"{_not: {_or: [{name: {_eq: "alpha"}}, {name: {_eq: "Beta"}}]}}"#, &["gamma1"]),
        ("{_not: {name: {_eq: null}}}", &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(matching(&client, filter).await, expected, "{filter}");
    }

    // A variable that is null or not given is no filter either.
    let query = "query($name: String, $where: flow_bool_exp) { flow(where: {name: {_eq: $name}, _and: [$where]}) { name version } }";
    for variables in [json!({}), json!({ "name": null, "where": null }), json!({ "where": { "name": null } })]
    {
        assert_eq!(names(&client.data_with(query, variables).await["flow"]), ALL);
    }
    let filtered = client.data_with(query, json!({ "where": { "name": { "_in": "Beta" } } })).await;
    assert_eq!(names(&filtered["flow"]), ["Beta1"]);
}

#[tokio::test]
async fn relationships_filter_and_nest() {
    let (_sandbox, client) = scene().await;
    let cases: [(&str, &[&str]); 6] = [
        (r#"{project: {name: {_eq: "B"}}}"#, &["gamma1"]),
        (r#"{project: {tenant: {slug: {_eq: "default"}}}}"#, &ALL),
        (r#"{tasks: {name: {_eq: "two"}}}"#, &["gamma1"]),
        ("{tasks: {}}", &["gamma1"]),
        ("{_not: {tasks: {}}}", &["alpha1", "alpha2", "Beta1"]),
        (r#"{project: {flows: {name: {_eq: "Beta"}}}}"#, &["alpha1", "alpha2", "Beta1"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(matching(&client, filter).await, expected, "{filter}");
    }

    let data = client
        .data(
            r#"{ project(order_by: {name: desc}) { name
                   flows(where: {archived: {_eq: false}}, order_by: [{version: desc}, {name: asc}], limit: 1, offset: 1) {
                     name tasks(order_by: {slug: desc}) { slug flow { name } } } } }"#,
        )
        .await;
    assert_eq!(
        data["project"],
        json!([
            { "name": "B", "flows": [] },
            { "name": "A", "flows": [{ "name": "alpha", "tasks": [] }] },
        ])
    );
}

#[tokio::test]
async fn order_distinct_limit_offset() {
    let (_sandbox, client) = scene().await;
    let cases: [(&str, &[&str]); 12] = [
        ("order_by: {name: asc}", &["Beta1", "alpha1", "alpha2", "gamma1"]),
        ("order_by: [{name: asc}, {version: desc}]", &["Beta1", "alpha2", "alpha1", "gamma1"]),
        ("order_by: {name: asc, version: desc}", &["Beta1", "alpha2", "alpha1", "gamma1"]),
        // Nulls come first when descending, last when ascending.
        ("order_by: {description: desc}", &["alpha2", "gamma1", "Beta1", "alpha1"]),
        ("order_by: {description: asc}", &["alpha1", "Beta1", "alpha2", "gamma1"]),
        ("order_by: {description: desc_nulls_last}", &["Beta1", "alpha1", "alpha2", "gamma1"]),
        ("order_by: [{project: {name: desc}}, {version: desc}]", &["gamma1", "alpha2", "alpha1", "Beta1"]),
        ("order_by: {name: asc, version: desc}, distinct_on: name", &["Beta1", "alpha2", "gamma1"]),
        ("order_by: [{name: desc}, {version: desc}], distinct_on: name", &["gamma1", "alpha2", "Beta1"]),
        ("order_by: {name: desc, version: asc}, distinct_on: name, limit: 1, offset: 1", &["alpha1"]),
        ("distinct_on: null, limit: null, order_by: null", &ALL),
        ("order_by: {version: desc}, limit: 2, offset: 1", &["alpha1", "Beta1"]),
    ];
    for (arguments, expected) in cases {
        let data = client.data(&format!("{{ flow({arguments}) {{ name version }} }}")).await;
        assert_eq!(names(&data["flow"]), expected, "{arguments}");
    }
    let query = "query($o: [flow_order_by!], $n: Int) { flow(order_by: $o, limit: $n) { name version } }";
    let data = client.data_with(query, json!({ "o": { "version": "desc" }, "n": 1 })).await;
    assert_eq!(names(&data["flow"]), ["alpha2"]);
}

/// Intervals and JSON have an order of their own, which is not that of their texts.
#[tokio::test]
async fn rows_are_ordered_by_what_is_beyond_a_relationship() {
    let (sandbox, client) = scene().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "C").await.unwrap();
    for n in [10, 9] {
        let flow = FlowSpec::new(project, format!("n{n}")).run_config(json!({ "n": n }));
        let flow = sandbox.register_flow(flow).await.unwrap();
        // The text of the longer delay, 100:00:00, is before that of the shorter one, 99:00:00.
        let task = json!({ "slug": "t", "name": "t", "retry_delay": (90 + n) * 3_600 });
        let tasks = json!({ "flow_id": flow.flow_id, "serialized_tasks": [task] });
        assert!(client.succeeds("register_tasks", tasks).await);
        client.schedule(json!({ "flow_id": flow.flow_id })).await;
    }
    let names = async |query: &str| {
        let data = client.data(&format!("{{ rows: {query} }}")).await;
        let rows = data["rows"].as_array().unwrap().iter();
        rows.map(|row| row.pointer("/flow_run/flow/name").or(row.pointer("/flow/name")).unwrap().clone())
            .collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("flow_run(order_by: {flow: {run_config: asc}}) { flow { name } }", ["n9", "n10"]),
        ("flow_run(order_by: {flow: {run_config: desc}}) { flow { name } }", ["n10", "n9"]),
        ("task_run(order_by: {task: {retry_delay: asc}}) { flow_run { flow { name } } }", ["n9", "n10"]),
        (
            "task_run(order_by: {flow_run: {flow: {run_config: asc}}}) { flow_run { flow { name } } }",
            ["n9", "n10"],
        ),
    ] {
        assert_eq!(names(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn selections_are_merged_and_conditional() {
    let (_sandbox, client) = scene().await;
    let query = r#"
        query Q($yes: Boolean!, $no: Boolean! = false) {
          __typename
          hello
          g: flow(where: {name: {_eq: "gamma"}}) { ...F project { name } kind: __typename }
          g: flow(where: {name: {_eq: "gamma"}}) { project { id @include(if: $no) tenant { slug } } }
          flow(limit: 0) @skip(if: $yes) { id }
          none: flow(limit: 0) { id @skip(if: $yes) }
          empty: flow(limit: 1) { id @skip(if: $yes) }
        }
        fragment F on flow { n: name ... on flow { v: version @include(if: $yes) } }"#;
    assert_eq!(
        client.data_with(query, json!({ "yes": true })).await,
        json!({
            "__typename": "Query",
            "hello": "👋",
            "g": [{ "n": "gamma", "v": 1, "project": { "name": "B", "tenant": { "slug": "default" } }, "kind": "flow" }],
            "none": [],
            "empty": [{}],
        })
    );
}

#[tokio::test]
async fn single_rows_and_json_paths() {
    let (_sandbox, client) = scene().await;
    let flows = client.data("{ flow(limit: 1) { id } }").await;
    let id = flows["flow"][0]["id"].as_str().unwrap();
    let upper = id.to_uppercase();
    let data = client
        .data(&format!(
            r#"{{ there: flow_by_pk(id: "{upper}") {{ id p: parameters(path: "$[0].name") q: parameters(path: "[7]") }}
                 not_there: flow_by_pk(id: "{}") {{ id }} }}"#,
            Uuid::nil()
        ))
        .await;
    assert_eq!(data, json!({ "there": { "id": id, "p": "x", "q": null }, "not_there": null }));
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_a_data_exception() {
    let (_sandbox, client) = scene().await;
    let answer = client.ask_with(r#"{ flow(where: {id: {_eq: "nope"}}) { id } }"#, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "data-exception");
    assert_eq!(answer["errors"][0]["message"], "invalid input syntax for type uuid: \"nope\"");
    assert_eq!(answer["data"], Value::Null);
}

#[tokio::test]
async fn many_fields_and_many_ids_are_no_problem() {
    let (_sandbox, client, _flow) = with_flow().await;
    let fields: Vec<String> = (0..1_000).map(|n| format!("f{n}: name")).collect();
    let data = client.data(&format!("{{ flow {{ {} }} }}", fields.join(" "))).await;
    assert_eq!(data["flow"][0].as_object().unwrap().len(), 1_000);

    let ids: Vec<String> = (0..40_000).map(|_| Uuid::new_v4().to_string()).collect();
    let data = client
        .data_with("query($ids: [uuid!]) { flow(where: {id: {_in: $ids}}) { id } }", json!({ "ids": ids }))
        .await;
    assert_eq!(data, json!({ "flow": [] }));

    let parts = vec![r#"{name: {_eq: "F"}}"#; 2_000].join(", ");
    let data = client.data(&format!("{{ flow(where: {{_or: [{parts}]}}) {{ name }} }}")).await;
    assert_eq!(data, json!({ "flow": [{ "name": "F" }] }));
}
