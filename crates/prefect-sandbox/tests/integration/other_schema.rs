//! A sandbox that serves another schema than its own.

use prefect_sandbox::{Sandbox, StartError};
use serde_json::json;

use crate::common::Client;

const SERVER: &str = include_str!("../../schema/prefect-server.graphql");

/// The server's schema after a change that must find its text.
fn changed(from: &str, to: &str) -> String {
    assert!(SERVER.contains(from), "{from}");
    SERVER.replacen(from, to, 1)
}

#[tokio::test]
async fn requests_are_validated_against_it_and_introspection_tells_it() {
    let from = "input create_project_input {\n  description: String\n";
    let schema = changed(from, "input create_project_input {\n  owner: String\n");
    let sandbox = Sandbox::builder().schema(schema).start().await.unwrap();
    let client = Client::new(&sandbox);

    let told = client.data(r#"{ __type(name: "create_project_input") { inputFields { name } } }"#).await;
    let told = told["__type"]["inputFields"].as_array().unwrap().clone();
    assert!(told.contains(&json!({ "name": "owner" })), "{told:?}");
    assert!(!told.contains(&json!({ "name": "description" })), "{told:?}");

    let input = |field: &str| json!({ "name": "Reports", "tenant_id": sandbox.default_tenant(), field: "x" });
    assert!(client.call("create_project", input("owner"), "id").await["id"].is_string());
    let query = "mutation($input: create_project_input!) { create_project(input: $input) { id } }";
    let refused = json!({ "query": query, "variables": { "input": input("description") } }).to_string();
    let (_, answer) = client.post(refused).await;
    assert!(answer.contains("is not defined by type create_project_input"), "{answer}");
}

#[tokio::test]
async fn a_field_that_the_sandbox_does_not_know_is_an_error() {
    let schema = changed("type flow {\n", "type flow {\n  color: String\n");
    let sandbox = Sandbox::builder().schema(schema).sample_flow(true).start().await.unwrap();
    let client = Client::new(&sandbox);
    assert_eq!(client.data("{ flow { name } }").await["flow"][0]["name"], "My Cloud Flow");
    let error = client.error_with("{ flow { color } }", json!({})).await;
    assert!(error.contains("flow.color"), "{error}");
}

#[tokio::test]
async fn what_is_no_schema_is_told() {
    let start = Sandbox::builder().schema("type Query { flow: Flow }").start().await;
    let Err(error @ StartError::Schema(_)) = start else { panic!("{start:?}") };
    let told = error.to_string();
    assert!(told.contains("the schema to serve is not valid") && told.contains("Flow"), "{told}");
}
