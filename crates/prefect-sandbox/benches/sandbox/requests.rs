//! The GraphQL requests, as our client and `prefect get flow-runs` send them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Ask;
use crate::scene::{FLOW, PROJECT};

const CREATE_FLOW_RUN: &str =
    "mutation CreateFlowRun($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }";

const FIND_FLOW: &str = "query FindFlow($filter: flow_bool_exp!) { \
     flow(where: $filter, distinct_on: [project_id], order_by: [{project_id: asc}, {version: desc}], limit: 20) \
     { id name version parameters run_config_type: run_config(path: \"$.type\") \
     run_config_labels: run_config(path: \"$.labels\") environment_labels: environment(path: \"$.labels\") \
     flow_group { default_parameters labels run_config_type: run_config(path: \"$.type\") \
     run_config_labels: run_config(path: \"$.labels\") } project { id name tenant_id } } }";

const LOGS: &str = "query Logs($run: uuid!, $after: timestamptz!) { \
     log(where: {flow_run_id: {_eq: $run}, timestamp: {_gt: $after}}, order_by: [{timestamp: asc}], limit: 100) \
     { id timestamp level name message task_run_id } }";

/// A run of a flow that was found, with a key of its own.
pub(crate) fn create_flow_run(flow: Uuid) -> Ask {
    let parameters = json!({ "name": "Ada", "day": "2026-01-01", "numbers": [1, 2, 3] });
    let input = json!({ "flow_id": flow, "idempotency_key": Uuid::new_v4(), "parameters": parameters });
    graphql(CREATE_FLOW_RUN, &json!({ "input": input }))
}

/// The newest version of a flow.
pub(crate) fn find_flow() -> Ask {
    let filter = json!({
        "name": { "_eq": FLOW },
        "archived": { "_eq": false },
        "project": { "name": { "_eq": PROJECT } },
    });
    graphql(FIND_FLOW, &json!({ "filter": filter }))
}

/// The hundred newest runs by a column: created, updated or start_time.
pub(crate) fn newest_flow_runs(column: &str) -> Ask {
    let any_flow = "flow: { _and: { name: { _eq: null }, project: { name: { _eq: null } } } }";
    let query = format!(
        "query {{ flow_run(where: {{ _and: {{ {any_flow}, {column}: {{ _is_null: false }} }} }}, \
         limit: 100, order_by: {{ {column}: desc }}) {{ flow {{ name }} id created state name start_time }} }}"
    );
    graphql(&query, &json!({}))
}

/// A page of a run's logs.
pub(crate) fn logs(run: Uuid, after: &str) -> Ask {
    graphql(LOGS, &json!({ "run": run, "after": after }))
}

fn graphql(query: &str, variables: &Value) -> Ask {
    Ask::GraphQl(json!({ "query": query, "variables": variables }).to_string().into())
}
