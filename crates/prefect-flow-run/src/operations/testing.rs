//! What the operations' tests share: fixed ids, and what is sent, checked against the schema.

use std::sync::LazyLock;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use prefect_schema::{FlowId, FlowRunId, SDL, TenantId};
use serde::Serialize;

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| Schema::parse_and_validate(SDL, "sdl").unwrap());

/// The document of an operation, laid out to be read. It is valid.
pub(crate) fn document(operation: &impl Serialize) -> String {
    let body = serde_json::to_value(operation).unwrap();
    let query = body["query"].as_str().unwrap();
    match ExecutableDocument::parse_and_validate(&SCHEMA, query, "query") {
        Ok(document) => document.to_string(),
        Err(errors) => panic!("{}\n{query}", errors.errors),
    }
}

/// What is posted, laid out to be read; numbers are as they are sent.
pub(crate) fn body(operation: &impl Serialize) -> String {
    serde_json::to_string_pretty(operation).unwrap()
}

pub(crate) fn flow_id() -> FlowId {
    "8fa789e3-c5bd-42ed-80a3-4f308772b006".parse().unwrap()
}

pub(crate) fn flow_run_id() -> FlowRunId {
    "dbef0452-115f-4f81-ae17-7d72697fbe27".parse().unwrap()
}

pub(crate) fn tenant_id() -> TenantId {
    "11111111-1111-4111-8111-111111111111".parse().unwrap()
}
