//! Asks for the run that a key stands for: what settles an outcome that is not known.

use cynic::QueryBuilder;
use prefect_schema::{FlowId, FlowRunId};

use super::document::{Document, Operation};
use super::filters::{FlowIs, FlowWhere, TextIs, flow, text};
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct FlowRunByKeyVariables<'a> {
    filter: FlowRunWhere<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "flow_run_bool_exp", rename_all = "None")]
struct FlowRunWhere<'a> {
    #[cynic(skip_serializing_if = "Option::is_none")]
    flow_id: Option<FlowIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    flow: Option<FlowWhere<'a>>,
    idempotency_key: TextIs<'a>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FlowRunByKeyVariables", rename_all = "None")]
pub(crate) struct FlowRunByKey {
    #[arguments(where: $filter, limit: 1)]
    pub(crate) flow_run: Vec<FlowRunRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run", rename_all = "None")]
pub(crate) struct FlowRunRow {
    pub(crate) id: FlowRunId,
    pub(crate) flow_id: FlowId,
}

static DOCUMENT: Document<FlowRunByKey> = Document::new();

/// Among the runs of one version.
pub(crate) fn build(flow_id: FlowId, key: &str) -> Operation<FlowRunByKey, FlowRunByKeyVariables<'_>> {
    let filter = FlowRunWhere { flow_id: Some(flow(flow_id)), flow: None, idempotency_key: text(key) };
    DOCUMENT.with(FlowRunByKeyVariables { filter }, FlowRunByKey::build)
}

/// Among the runs of all versions of a flow, of which this is one.
pub(crate) fn build_for_flow(
    flow_id: FlowId,
    key: &str,
) -> Operation<FlowRunByKey, FlowRunByKeyVariables<'_>> {
    let versions = FlowWhere::of_flow(flow_id);
    let filter = FlowRunWhere { flow_id: None, flow: Some(versions), idempotency_key: text(key) };
    DOCUMENT.with(FlowRunByKeyVariables { filter }, FlowRunByKey::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_id};
    use super::*;

    #[test]
    fn by_flow_and_key() {
        let operation = build(flow_id(), "key-1");
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_any_version() {
        let operation = build_for_flow(flow_id(), "key-1");
        insta::assert_snapshot!(body(&operation));
    }
}
