//! Asks for the run that a key stands for: what settles an outcome that is not known.

use cynic::{Operation, QueryBuilder};
use prefect_schema::{FlowId, FlowRunId};

use super::filters::{FlowIs, TextIs, flow, text};
use super::{cynic, schema};

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct FlowRunByKeyVariables<'a> {
    filter: FlowRunWhere<'a>,
}

#[derive(cynic::InputObject, Debug)]
#[cynic(graphql_type = "flow_run_bool_exp", rename_all = "None")]
struct FlowRunWhere<'a> {
    flow_id: FlowIs,
    idempotency_key: TextIs<'a>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "FlowRunByKeyVariables", rename_all = "None")]
pub(crate) struct FlowRunByKey {
    #[arguments(where: $filter, limit: 1)]
    pub(crate) flow_run: Vec<FlowRunRow>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "flow_run")]
pub(crate) struct FlowRunRow {
    pub(crate) id: FlowRunId,
}

pub(crate) fn build(flow_id: FlowId, key: &str) -> Operation<FlowRunByKey, FlowRunByKeyVariables<'_>> {
    let filter = FlowRunWhere { flow_id: flow(flow_id), idempotency_key: text(key) };
    FlowRunByKey::build(FlowRunByKeyVariables { filter })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_valid, flow_id};
    use super::*;

    #[test]
    fn by_flow_and_key() {
        let operation = build(flow_id(), "key-1");
        assert_valid(&operation.query);
        insta::assert_snapshot!(operation.query);
        insta::assert_json_snapshot!(operation);
    }
}
