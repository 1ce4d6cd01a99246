//! Reads a page of a run's log: the lines from some moment on, by their timestamps or by their arrival.
//!
//! Lines that are equal in both are in the order of their ids. That is as good as none to a reader, but it is one: without
//! it PostgreSQL may order them differently for each page, and a line is on two pages and another one on none.

use cynic::QueryBuilder;
use jiff::Timestamp;
use prefect_schema::{FlowRunId, TaskRunId};
use uuid::Uuid;

use super::document::{Document, Operation};
use super::filters::{FlowRunIs, Since, flow_run, since};
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct FlowRunLogsVariables {
    filter: LogWhere,
    limit: i32,
    offset: i32,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "log_bool_exp", rename_all = "None")]
struct LogWhere {
    flow_run_id: FlowRunIs,
    #[cynic(skip_serializing_if = "Option::is_none")]
    created: Option<Since>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Since>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FlowRunLogsVariables", rename_all = "None")]
pub(crate) struct LogsByArrival {
    #[arguments(
        where: $filter,
        order_by: [{ created: "asc" }, { timestamp: "asc" }, { id: "asc" }],
        limit: $limit,
        offset: $offset
    )]
    pub(crate) log: Vec<LogRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FlowRunLogsVariables", rename_all = "None")]
pub(crate) struct LogsByTimestamp {
    #[arguments(
        where: $filter,
        order_by: [{ timestamp: "asc" }, { created: "asc" }, { id: "asc" }],
        limit: $limit,
        offset: $offset
    )]
    pub(crate) log: Vec<LogRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "log", rename_all = "None")]
pub(crate) struct LogRow {
    pub(crate) id: Uuid,
    pub(crate) created: Timestamp,
    pub(crate) timestamp: Timestamp,
    pub(crate) level: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) task_run_id: Option<TaskRunId>,
}

static LOGS_BY_ARRIVAL: Document<LogsByArrival> = Document::new();
static LOGS_BY_TIMESTAMP: Document<LogsByTimestamp> = Document::new();

/// The lines that arrived at `from` or later, without the first `offset` of them.
pub(crate) fn by_arrival(
    id: FlowRunId,
    from: Option<Timestamp>,
    offset: i32,
    limit: i32,
) -> Operation<LogsByArrival, FlowRunLogsVariables> {
    let filter = LogWhere { flow_run_id: flow_run(id), created: from.map(since), timestamp: None };
    LOGS_BY_ARRIVAL.with(FlowRunLogsVariables { filter, limit, offset }, LogsByArrival::build)
}

/// The lines whose timestamp is `from` or later, without the first `offset` of them.
pub(crate) fn by_timestamp(
    id: FlowRunId,
    from: Option<Timestamp>,
    offset: i32,
    limit: i32,
) -> Operation<LogsByTimestamp, FlowRunLogsVariables> {
    let filter = LogWhere { flow_run_id: flow_run(id), created: None, timestamp: from.map(since) };
    LOGS_BY_TIMESTAMP.with(FlowRunLogsVariables { filter, limit, offset }, LogsByTimestamp::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn of_the_whole_log() {
        let operation = by_timestamp(flow_run_id(), None, 0, 1000);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_what_arrived_since() {
        let from = "2026-11-22T20:54:02.915422Z".parse().unwrap();
        let operation = by_arrival(flow_run_id(), Some(from), 3, 1000);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
