//! The other mutations: tenants, projects, states, archiving, cancelling.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Client, with_flow};

const SET: &str = "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id status message } } }";

fn set(run: &str, state: &Value) -> Value {
    json!({ "input": { "states": [{ "flow_run_id": run, "state": state, "version": 7 }] } })
}

async fn run(client: &Client, id: &str, fields: &str) -> Value {
    let query = format!(r#"{{ flow_run_by_pk(id: "{id}") {{ {fields} }} }}"#);
    client.data(&query).await["flow_run_by_pk"].clone()
}

#[tokio::test]
async fn tenants_and_projects() {
    let (sandbox, client, _) = with_flow().await;
    let tenant = "mutation($n: String!, $s: String!) { create_tenant(input: {name: $n, slug: $s}) { id } }";
    let made = client.data_with(tenant, json!({ "n": "T", "s": "t" })).await;
    let id = made["create_tenant"]["id"].clone();
    let bad = client.error_with(tenant, json!({ "n": "T", "s": "Not A Slug" })).await;
    assert_eq!(bad, "Slug must be \"slugified\" (lowercase; no spaces)");
    assert_eq!(client.error_with(tenant, json!({ "n": "T", "s": "t" })).await, "Uniqueness violation.");

    let project = "mutation($input: create_project_input!) { create_project(input: $input) { id } }";
    let input = json!({ "input": { "tenant_id": id, "name": "N", "description": "D" } });
    client.data_with(project, input.clone()).await;
    assert_eq!(client.error_with(project, input).await, "Uniqueness violation.");
    let data =
        client.data(r#"{ tenant(where: {slug: {_eq: "t"}}) { name projects { name description } } }"#).await;
    assert_eq!(data["tenant"], json!([{ "name": "T", "projects": [{ "name": "N", "description": "D" }] }]));
    assert_ne!(id, json!(sandbox.default_tenant()));
}

#[tokio::test]
async fn states_move_the_run() {
    let (_sandbox, client, flow) = with_flow().await;
    let id = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let running =
        json!({ "type": "Running", "message": "hi", "context": { "n": 1 }, "__version__": "1.4.1" });
    let answer = client.data_with(SET, set(&id, &running)).await;
    let states = json!([{ "id": id, "status": "SUCCESS", "message": null }]);
    assert_eq!(answer["set_flow_run_states"]["states"], states);
    let fields =
        "state version state_message serialized_state heartbeat start_time end_time state_start_time";
    let after = run(&client, &id, fields).await;
    assert_eq!((&after["state"], &after["version"]), (&json!("Running"), &json!(2)));
    assert_eq!(after["serialized_state"], running);
    assert!(after["heartbeat"].is_string() && after["start_time"].is_string() && after["end_time"].is_null());
    assert!(after["state_start_time"].is_null());

    client.data_with(SET, set(&id, &json!({ "type": "Skipped" }))).await;
    assert!(run(&client, &id, "end_time").await["end_time"].is_null());
    client.data_with(SET, set(&id, &json!({ "type": "Failed" }))).await;
    let first_start = after["start_time"].clone();
    client.data_with(SET, set(&id, &running)).await;
    let again = run(&client, &id, "state version start_time end_time").await;
    assert_eq!((&again["state"], &again["version"]), (&json!("Running"), &json!(5)));
    assert_eq!(again["start_time"], first_start);
    assert!(again["end_time"].is_string());
}

#[tokio::test]
async fn states_that_are_refused() {
    let (_sandbox, client, flow) = with_flow().await;
    let id = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let nowhere = Uuid::new_v4().to_string();
    let failed = json!({ "type": "Failed" });
    assert_eq!(
        client.error_with(SET, set(&nowhere, &failed)).await,
        format!("State update failed for flow run ID {nowhere}")
    );
    let large = json!({ "type": "Failed", "message": "x".repeat(1_000_000) });
    assert_eq!(client.error_with(SET, set(&id, &large)).await, "State payload is too large.");
    client.error_with(SET, set(&id, &json!({ "type": "Excellent" }))).await;
    let submitted = json!({ "type": "Submitted" });
    for _again in 0..2 {
        assert_eq!(
            client.error_with(SET, set(&nowhere, &submitted)).await,
            format!("State update failed for flow run ID {nowhere}")
        );
    }
    client.data_with(SET, set(&id, &submitted)).await;
    assert_eq!(
        client.error_with(SET, set(&id, &submitted)).await,
        "State update failed: this run has already been submitted."
    );
    assert_eq!(run(&client, &id, "version").await["version"], 2);
}

/// Not the whole payload.
#[tokio::test]
async fn a_payload_of_which_everything_is_skipped_is_empty() {
    let (_sandbox, client, flow) = with_flow().await;
    let create = "mutation($flow: UUID, $no: Boolean! = false) {
                    create_flow_run(input: {flow_id: $flow}) { id @include(if: $no) } }";
    let answer = client.data_with(create, json!({ "flow": flow.flow_id })).await;
    assert_eq!(answer, json!({ "create_flow_run": {} }));
    let id = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let query = SET.replace("id status message", "id @skip(if: true)");
    let answer = client.data_with(&query, set(&id, &json!({ "type": "Running" }))).await;
    assert_eq!(answer["set_flow_run_states"]["states"], json!([{}]), "{query}");
}

/// The lock on a submission goes by the sandbox's clock.
#[tokio::test]
async fn a_run_can_be_submitted_again_after_half_a_minute() {
    let (sandbox, client, flow) = with_flow().await;
    let id = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let submitted = set(&id, &json!({ "type": "Submitted" }));
    client.data_with(SET, submitted.clone()).await;
    client.error_with(SET, submitted.clone()).await;
    sandbox.clock().advance(std::time::Duration::from_secs(30));
    client.data_with(SET, submitted).await;
}

#[tokio::test]
async fn archiving_and_cancelling() {
    let (sandbox, client, flow) = with_flow().await;
    let cancel = "mutation($id: UUID!) { cancel_flow_run(input: {flow_run_id: $id}) { state } }";
    let waiting = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let busy = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let left = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    sandbox.set_flow_run_state(busy.parse().unwrap(), "Running", "").await.unwrap();
    for (id, state, message) in [
        (&waiting, "Cancelled", "Flow run is cancelled"),
        (&waiting, "Cancelled", "Flow run is cancelled"),
        (&busy, "Cancelling", "Flow run is cancelling"),
    ] {
        let answer = client.data_with(cancel, json!({ "id": id })).await;
        assert_eq!(answer["cancel_flow_run"]["state"], state);
        assert_eq!(run(&client, id, "state_message").await["state_message"], message);
    }
    assert_eq!(run(&client, &waiting, "version").await["version"], 2);
    let nowhere = Uuid::new_v4();
    let refused = client.error_with(cancel, json!({ "id": nowhere })).await;
    assert_eq!(refused, format!("Invalid flow run ID: {nowhere}."));

    let archive = "mutation($id: UUID!) { archive_flow(input: {flow_id: $id}) { success } }";
    let done = client.data_with(archive, json!({ "id": flow.flow_id })).await;
    assert_eq!(done["archive_flow"]["success"], true);
    assert_eq!(run(&client, &left, "state").await["state"], "Cancelled");
    let unknown = client.data_with(archive, json!({ "id": nowhere })).await;
    assert_eq!(unknown["archive_flow"]["success"], false);
}
