//! Playing Prefect Cloud: keys, tokens, and tenants that do not see each other.

use std::time::Duration;

use prefect_sandbox::{CloudMode, FlowSpec, RegisteredFlow, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{self, CREATE};

/// The key `one` opens the tenant a; `both` opens b, and a if it is asked for. Each has the flow F.
async fn scene() -> (Sandbox, [RegisteredFlow; 2]) {
    let mode = CloudMode::new().api_key("one", "a").api_key("both", "b").api_key("both", "a");
    let mode = mode.token_lifetime(Duration::from_secs(60));
    let sandbox = Sandbox::builder().cloud(mode).start().await.unwrap();
    let mut flows = Vec::new();
    for slug in ["a", "b"] {
        let tenant = sandbox.tenant(slug).await.unwrap();
        let project = sandbox.create_project(tenant, "P").await.unwrap();
        flows.push(sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap());
    }
    (sandbox, flows.try_into().unwrap())
}

/// Asks with an `Authorization` and perhaps a tenant; the status is always 200.
async fn ask(
    sandbox: &Sandbox,
    (authorization, tenant): (Option<&str>, Option<Uuid>),
    query: &str,
    variables: Value,
) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.post(sandbox.url()).json(&json!({ "query": query, "variables": variables }));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    if let Some(tenant) = tenant {
        request = request.header("X-PREFECT-TENANT-ID", tenant.to_string());
    }
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status(), 200);
    reply.json().await.unwrap()
}

const ONE: (Option<&str>, Option<Uuid>) = (Some("Bearer one"), None);
const BOTH: (Option<&str>, Option<Uuid>) = (Some("Bearer both"), None);

#[tokio::test]
async fn without_good_credentials_nothing_is_answered() {
    let (sandbox, [flow, _]) = scene().await;
    let b = sandbox.tenant("b").await.unwrap();
    for (who, message) in [
        ((None, None), "AuthenticationError: Forbidden"),
        ((Some("Bearer nobody"), None), "AuthenticationError: Forbidden"),
        ((Some("Bearer one"), Some(b)), "AuthenticationError: Forbidden"),
        ((Some("Bearer one"), Some(Uuid::nil())), "AuthenticationError: Forbidden"),
        ((Some("Basic one"), None), "Malformed Authorization header"),
        ((Some("Bearer "), None), "Malformed Authorization header"),
    ] {
        for query in ["{ auth_info { tenant_id } }", "{ hello }", "{ x: flow { id } }"] {
            let answer = ask(&sandbox, who, query, json!({})).await;
            assert_eq!(answer["errors"][0]["message"], message, "{query}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{query}");
        }
    }
    let answer = ask(&sandbox, (None, None), CREATE, json!({ "input": { "flow_id": flow.flow_id } })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert!(sandbox.flow_runs().await.unwrap().is_empty());
    // The schema is no secret.
    let answer =
        ask(&sandbox, (None, None), "{ __type(name: \"auth_info\") { kind } __typename }", json!({})).await;
    assert_eq!(answer, json!({ "data": { "__type": { "kind": "OBJECT" }, "__typename": "Query" } }));
}

#[tokio::test]
async fn a_key_stands_for_a_tenant() {
    let (sandbox, [a_flow, b_flow]) = scene().await;
    let (a, b) = (sandbox.tenant("a").await.unwrap(), sandbox.tenant("b").await.unwrap());
    assert_eq!(sandbox.default_tenant(), a);
    let query = "{ auth_info { tenant_id } tenant(order_by: {slug: asc}) { slug }
                   flow { id } user { default_membership { tenant { slug } } } }";
    let both = json!([{ "slug": "a" }, { "slug": "b" }]);
    for (who, tenant, slug, tenants, flow) in [
        (ONE, a, "a", json!([{ "slug": "a" }]), a_flow.flow_id),
        (BOTH, b, "b", both.clone(), b_flow.flow_id),
        ((Some("Bearer both"), Some(a)), a, "a", both, a_flow.flow_id),
    ] {
        let answer = ask(&sandbox, who, query, json!({})).await;
        let user = json!([{ "default_membership": { "tenant": { "slug": slug } } }]);
        let expected = json!({
            "auth_info": { "tenant_id": tenant }, "tenant": tenants, "flow": [{ "id": flow }], "user": user,
        });
        assert_eq!(answer, json!({ "data": expected }));
    }
}

#[tokio::test]
async fn tenants_do_not_see_each_other() {
    let (sandbox, [_, b_flow]) = scene().await;
    let id = b_flow.flow_id;
    let query = format!(
        r#"{{ flow_by_pk(id: "{id}") {{ id }} flow(where: {{id: {{_eq: "{id}"}}}}) {{ id }}
              flow_aggregate {{ aggregate {{ count }} nodes {{ project {{ name flows_aggregate {{ aggregate {{ count }} }} }} }} }}
              tenant {{ slug projects {{ name }} }} project {{ name flows {{ name }} }} }}"#
    );
    let answer = ask(&sandbox, ONE, &query, json!({})).await;
    let project = json!({ "name": "P", "flows_aggregate": { "aggregate": { "count": 1 } } });
    let expected = json!({
        "flow_by_pk": null,
        "flow": [],
        "flow_aggregate": { "aggregate": { "count": 1 }, "nodes": [{ "project": project }] },
        "tenant": [{ "slug": "a", "projects": [{ "name": "P" }] }],
        "project": [{ "name": "P", "flows": [{ "name": "F" }] }],
    });
    assert_eq!(answer, json!({ "data": expected }));
}

#[tokio::test]
async fn mutations_stay_in_the_tenant() {
    let (sandbox, [a_flow, b_flow]) = scene().await;
    let b = sandbox.tenant("b").await.unwrap();
    let create = |flow: Uuid| json!({ "input": { "flow_id": flow } });
    let refused = ask(&sandbox, ONE, CREATE, create(b_flow.flow_id)).await;
    assert_eq!(refused["errors"][0]["message"], format!("flow {} not found", b_flow.flow_id));
    let group = json!({ "input": { "version_group_id": b_flow.version_group_id } });
    assert!(ask(&sandbox, ONE, CREATE, group).await["errors"].is_array());
    assert!(sandbox.flow_runs().await.unwrap().is_empty());
    assert_eq!(ask(&sandbox, ONE, CREATE, create(a_flow.flow_id)).await["errors"], Value::Null);
    let answer = ask(&sandbox, BOTH, CREATE, create(b_flow.flow_id)).await;
    let run = answer["data"]["create_flow_run"]["id"].as_str().unwrap();

    let set = "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id } } }";
    let state = json!({ "input": { "states": { "flow_run_id": run, "state": { "type": "Running" } } } });
    assert!(ask(&sandbox, ONE, set, state.clone()).await["errors"].is_array());
    assert_eq!(ask(&sandbox, BOTH, set, state).await["errors"], Value::Null);

    let project = "mutation($input: create_project_input!) { create_project(input: $input) { id } }";
    let named = |tenant: Uuid| json!({ "input": { "name": "Q", "tenant_id": tenant } });
    assert!(ask(&sandbox, ONE, project, named(b)).await["errors"].is_array());
    assert_eq!(ask(&sandbox, ONE, project, named(sandbox.default_tenant())).await["errors"], Value::Null);
    let names = ask(&sandbox, ONE, "{ project(order_by: {name: asc}) { name } }", json!({})).await;
    assert_eq!(names["data"]["project"], json!([{ "name": "P" }, { "name": "Q" }]));

    let tenant = r#"mutation { create_tenant(input: {name: "x", slug: "x"}) { id } }"#;
    assert_eq!(
        ask(&sandbox, ONE, tenant, json!({})).await["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
}

/// A list's only element may be written without the brackets.
#[tokio::test]
async fn mutations_with_inline_objects_stay_in_the_tenant() {
    let (sandbox, [_, b_flow]) = scene().await;
    let input = json!({ "input": { "flow_id": b_flow.flow_id } });
    let run = ask(&sandbox, BOTH, CREATE, input).await;
    let run: Uuid = run["data"]["create_flow_run"]["id"].as_str().unwrap().parse().unwrap();
    let state = r#"state: {type: "Running", message: "x", tenant_id: "y"}"#;
    let states = format!(
        r#"mutation {{ set_flow_run_states(input: {{states: {{flow_run_id: "{run}", {state}}}}}) {{ states {{ id }} }} }}"#
    );
    let logs = format!(
        r#"mutation {{ write_run_logs(input: {{logs: {{flow_run_id: "{run}", message: "x"}}}}) {{ success }} }}"#
    );
    for mutation in [&states, &logs] {
        let refused = ask(&sandbox, ONE, mutation, json!({})).await;
        assert_eq!(refused["errors"][0]["message"], format!("flow_run {run} not found"), "{mutation}");
    }
    assert_eq!(sandbox.flow_run_states(run).await.unwrap().len(), 1);
    assert!(sandbox.logs(run).await.unwrap().is_empty());
    for mutation in [&states, &logs] {
        assert_eq!(ask(&sandbox, BOTH, mutation, json!({})).await["errors"], Value::Null, "{mutation}");
    }
}

#[tokio::test]
async fn tokens_are_switched_expire_and_are_refreshed() {
    let (sandbox, [a_flow, _]) = scene().await;
    let (a, b) = (sandbox.tenant("a").await.unwrap(), sandbox.tenant("b").await.unwrap());
    let switch = "mutation($input: switch_tenant_input!) {
                    switch_tenant(input: $input) { access_token expires_at refresh_token } }";
    let answer = ask(&sandbox, BOTH, switch, json!({ "input": { "tenant_id": a } })).await;
    let tokens = &answer["data"]["switch_tenant"];
    let bearer = |token: &Value| format!("Bearer {}", token.as_str().unwrap());
    let (access, refresh) = (bearer(&tokens["access_token"]), bearer(&tokens["refresh_token"]));
    assert!(tokens["expires_at"].as_str().unwrap().ends_with("+00:00"));

    let flows = "{ flow { id } }";
    let found = json!({ "data": { "flow": [{ "id": a_flow.flow_id }] } });
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].clone();
    assert_eq!(ask(&sandbox, (Some(&access), None), flows, json!({})).await, found);
    assert_eq!(code(&ask(&sandbox, (Some(&refresh), None), flows, json!({})).await), "UNAUTHENTICATED");

    sandbox.clock().advance(Duration::from_secs(61));
    assert_eq!(code(&ask(&sandbox, (Some(&access), None), flows, json!({})).await), "UNAUTHENTICATED");
    let renew = "mutation($input: refresh_token_input!) { refresh_token(input: $input) { access_token } }";
    let old = json!({ "input": { "access_token": tokens["access_token"] } });
    assert_eq!(code(&ask(&sandbox, BOTH, renew, old.clone()).await), "UNAUTHENTICATED");
    let answer = ask(&sandbox, (Some(&refresh), None), renew, old).await;
    let access = bearer(&answer["data"]["refresh_token"]["access_token"]);
    assert_eq!(ask(&sandbox, (Some(&access), None), flows, json!({})).await, found);

    // A token does not open other tenants, and a key only its own.
    let other = json!({ "input": { "tenant_id": b } });
    assert_eq!(code(&ask(&sandbox, (Some(&access), None), switch, other.clone()).await), "UNAUTHENTICATED");
    assert_eq!(code(&ask(&sandbox, ONE, switch, other).await), "UNAUTHENTICATED");
}

#[tokio::test]
async fn prefect_server_has_none_of_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let (status, _) = common::Client::new(&sandbox).post(r#"{"query":"{auth_info{tenant_id}}"}"#).await;
    assert_eq!(status, 400);
    let answer = ask(&sandbox, (Some("Bearer x"), Some(Uuid::nil())), "{ tenant { slug } }", json!({})).await;
    assert_eq!(answer, json!({ "data": { "tenant": [{ "slug": "default" }] } }));
}

#[test]
fn keys_are_not_shown() {
    let shown = format!("{:?}", Sandbox::builder().cloud(CloudMode::new().api_key("hush", "a")));
    assert!(shown.contains("CloudMode") && !shown.contains("hush"), "{shown}");
}
