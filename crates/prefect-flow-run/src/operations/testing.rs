//! What the operations' tests share: fixed ids, and the check against the schema.

use std::sync::LazyLock;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use prefect_schema::{FlowId, FlowRunId, SDL, TenantId};

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| Schema::parse_and_validate(SDL, "sdl").unwrap());

/// Asserts that `query` is a valid document, of no field deeper than the gateway's limit.
pub(crate) fn assert_valid(query: &str) {
    if let Err(errors) = ExecutableDocument::parse_and_validate(&SCHEMA, query, "query") {
        panic!("{}\n{query}", errors.errors);
    }
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
