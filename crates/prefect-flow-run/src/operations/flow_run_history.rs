//! Reads a page of the states that a run has had: those that were set at some moment or later.

use cynic::QueryBuilder;
use jiff::Timestamp;
use prefect_schema::FlowRunId;
use uuid::Uuid;

use super::document::{Document, Operation};
use super::filters::{FlowRunIs, Since, flow_run, since};
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct FlowRunHistoryVariables {
    filter: StateWhere,
    limit: i32,
    offset: i32,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "flow_run_state_bool_exp", rename_all = "None")]
struct StateWhere {
    flow_run_id: FlowRunIs,
    #[cynic(skip_serializing_if = "Option::is_none")]
    created: Option<Since>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FlowRunHistoryVariables", rename_all = "None")]
pub(crate) struct FlowRunHistory {
    #[arguments(
        where: $filter,
        order_by: [{ created: "asc" }, { version: "asc" }],
        limit: $limit,
        offset: $offset
    )]
    pub(crate) flow_run_state: Vec<StateRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run_state", rename_all = "None")]
pub(crate) struct StateRow {
    pub(crate) id: Uuid,
    pub(crate) created: Timestamp,
    pub(crate) timestamp: Timestamp,
    pub(crate) state: String,
    pub(crate) message: Option<String>,
    pub(crate) start_time: Option<Timestamp>,
}

static DOCUMENT: Document<FlowRunHistory> = Document::new();

/// The states that were set at `from` or later, without the first `offset` of them.
pub(crate) fn build(
    id: FlowRunId,
    from: Option<Timestamp>,
    offset: i32,
    limit: i32,
) -> Operation<FlowRunHistory, FlowRunHistoryVariables> {
    let filter = StateWhere { flow_run_id: flow_run(id), created: from.map(since) };
    DOCUMENT.with(FlowRunHistoryVariables { filter, limit, offset }, FlowRunHistory::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn of_all_states_and_of_later_ones() {
        let operation = build(flow_run_id(), None, 0, 100);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
        let from = "2026-11-22T20:54:02.915422Z".parse().unwrap();
        insta::assert_json_snapshot!(build(flow_run_id(), Some(from), 1, 100).variables);
    }
}
