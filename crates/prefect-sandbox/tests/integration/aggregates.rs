//! `<table>_aggregate`: at the root, below rows, and in `order_by`; and the order of jsonb.

use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::json;

use crate::common::{Client, required};

/// Project A with versions 1, 2 and 4 of alpha (described: the first two); B with beta, of two tasks; C empty.
async fn scene() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let tenant = sandbox.default_tenant();
    let a = sandbox.create_project(tenant, "A").await.unwrap();
    let b = sandbox.create_project(tenant, "B").await.unwrap();
    sandbox.create_project(tenant, "C").await.unwrap();
    let alpha = |version: i64| FlowSpec::new(a, "alpha").version(version).keep_previous();
    sandbox.register_flow(alpha(1).description("x")).await.unwrap();
    sandbox.register_flow(alpha(2).description("x").parameter(required("p"))).await.unwrap();
    sandbox.register_flow(alpha(4)).await.unwrap();
    sandbox.register_flow(FlowSpec::new(b, "beta").task("one").task("two")).await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client)
}

#[tokio::test]
async fn figures_of_the_rows_that_match() {
    let (_sandbox, client) = scene().await;
    let data = client
        .data(
            r#"{ flow_aggregate(where: {name: {_eq: "alpha"}}) {
                 __typename
                 aggregate {
                   __typename
                   count all: count(columns: []) described: count(columns: description)
                   descriptions: count(columns: [description], distinct: true)
                   pairs: count(columns: [name, description], distinct: true)
                   min { version name } max { version __typename } sum { version } avg { version }
                   var_pop { version } variance { version } stddev { version } stddev_pop { version }
                 }
                 nodes { version project { name } }
               } }"#,
        )
        .await;
    let figures = &data["flow_aggregate"]["aggregate"];
    for (key, expected) in [
        ("__typename", json!("flow_aggregate_fields")),
        ("count", json!(3)),
        ("all", json!(3)),
        ("described", json!(2)),
        ("descriptions", json!(1)),
        ("pairs", json!(2)),
        ("min", json!({ "version": 1, "name": "alpha" })),
        ("max", json!({ "version": 4, "__typename": "flow_max_fields" })),
        ("sum", json!({ "version": 7 })),
    ] {
        assert_eq!(figures[key], expected, "{key}");
    }
    for (key, expected) in [
        ("avg", 7.0 / 3.0),
        ("var_pop", 14.0 / 9.0),
        ("variance", 7.0 / 3.0),
        ("stddev", (7.0_f64 / 3.0).sqrt()),
        ("stddev_pop", (14.0_f64 / 9.0).sqrt()),
    ] {
        let found = figures[key]["version"].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-9, "{key}: {found}");
    }
    assert_eq!(data["flow_aggregate"]["__typename"], "flow_aggregate");
    assert_eq!(
        data["flow_aggregate"]["nodes"],
        json!([1, 2, 4].map(|version| json!({ "version": version, "project": { "name": "A" } })))
    );
}

#[tokio::test]
async fn limits_and_distinct_rows_come_before_the_figures() {
    let (_sandbox, client) = scene().await;
    for (arguments, count, max) in [
        ("", 4, json!(4)),
        ("(limit: 2)", 2, json!(2)),
        ("(offset: 1, order_by: {version: desc})", 3, json!(2)),
        ("(distinct_on: name, order_by: {name: asc, version: desc})", 2, json!(4)),
        ("(where: {version: {_gt: 9}})", 0, json!(null)),
    ] {
        let query = format!(
            "{{ flow_aggregate{arguments} {{ aggregate {{ count max {{ version }} }} nodes {{ id }} }} }}"
        );
        let data = client.data(&query).await;
        let found = &data["flow_aggregate"];
        assert_eq!(found["aggregate"], json!({ "count": count, "max": { "version": max } }), "{arguments}");
        assert_eq!(found["nodes"].as_array().unwrap().len(), count, "{arguments}");
    }
    let data = client.data("{ flow_aggregate { aggregate { __typename } } }").await;
    assert_eq!(data["flow_aggregate"]["aggregate"], json!({ "__typename": "flow_aggregate_fields" }));
    let single = "{ flow_aggregate(limit: 1) { aggregate { stddev { version } var_pop { version } } } }";
    let data = client.data(single).await;
    let expected = json!({ "stddev": { "version": null }, "var_pop": { "version": 0.0 } });
    assert_eq!(data["flow_aggregate"]["aggregate"], expected);
}

#[tokio::test]
async fn below_rows_and_in_their_order() {
    let (_sandbox, client) = scene().await;
    let data = client
        .data(
            r#"{ project(order_by: {flows_aggregate: {count: desc}}) { name
                   flows_aggregate(where: {version: {_lt: 4}}) {
                     aggregate { count } nodes { version tasks_aggregate { aggregate { count } } } } } }"#,
        )
        .await;
    let flow = |version: i64, tasks: i64| json!({ "version": version, "tasks_aggregate": { "aggregate": { "count": tasks } } });
    assert_eq!(
        data["project"],
        json!([
            { "name": "A", "flows_aggregate": { "aggregate": { "count": 2 }, "nodes": [flow(1, 0), flow(2, 0)] } },
            { "name": "B", "flows_aggregate": { "aggregate": { "count": 1 }, "nodes": [flow(1, 2)] } },
            { "name": "C", "flows_aggregate": { "aggregate": { "count": 0 }, "nodes": [] } },
        ])
    );
    for (order, expected) in [
        ("{flows_aggregate: {max: {version: asc}}}", ["B", "A", "C"]),
        ("{flows_aggregate: {avg: {version: desc_nulls_last}}}", ["A", "B", "C"]),
        ("[{flows_aggregate: {count: null}}, {name: desc}]", ["C", "B", "A"]),
    ] {
        let data = client.data(&format!("{{ project(order_by: {order}) {{ name }} }}")).await;
        assert_eq!(data["project"], json!(expected.map(|name| json!({ "name": name }))), "{order}");
    }
    // Several columns of one relationship all count.
    let query = "{ flow(order_by: {project: {description: asc, name: desc}}) { name } }";
    assert_eq!(client.data(query).await["flow"][0]["name"], "beta");
}

#[tokio::test]
async fn jsonb_has_an_order() {
    let (_sandbox, client) = scene().await;
    let data = client
        .data(
            "{ more: flow(where: {parameters: {_gt: []}}) { version }
               all: flow_aggregate(where: {parameters: {_gte: []}}) { aggregate { count } }
               last: flow(order_by: {parameters: desc}, limit: 1) { version }
               kinds: flow_aggregate { aggregate { count(columns: parameters, distinct: true) } } }",
        )
        .await;
    assert_eq!(
        data,
        json!({
            "more": [{ "version": 2 }],
            "all": { "aggregate": { "count": 4 } },
            "last": [{ "version": 2 }],
            "kinds": { "aggregate": { "count": 2 } },
        })
    );
}
