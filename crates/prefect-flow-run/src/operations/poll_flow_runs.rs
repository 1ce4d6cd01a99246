//! Reads the states of many runs at once; of runs that are watched also how many states and log
//! lines they have.

use cynic::QueryBuilder;
use prefect_schema::FlowRunId;

use super::document::{Document, Operation};
use super::flow_run_state::FlowRunRow;
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct PollVariables {
    filter: FlowRunWhere,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "flow_run_bool_exp", rename_all = "None")]
struct FlowRunWhere {
    id: OneOf,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
struct OneOf {
    #[cynic(rename = "_in")]
    ids: Option<Vec<FlowRunId>>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "PollVariables", rename_all = "None")]
pub(crate) struct PollStates {
    #[arguments(where: $filter)]
    pub(crate) flow_run: Vec<FlowRunRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "PollVariables", rename_all = "None")]
pub(crate) struct PollHistories {
    #[arguments(where: $filter)]
    pub(crate) flow_run: Vec<HistoryRow>,
}

/// A run, and the sizes of its history.
#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run", rename_all = "None")]
pub(crate) struct HistoryRow {
    #[cynic(spread)]
    pub(crate) run: FlowRunRow,
    states_aggregate: StatesAggregate,
    logs_aggregate: LogsAggregate,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run_state_aggregate")]
struct StatesAggregate {
    aggregate: Option<StatesCount>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run_state_aggregate_fields")]
struct StatesCount {
    count: i32,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "log_aggregate")]
struct LogsAggregate {
    aggregate: Option<LogsCount>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "log_aggregate_fields")]
struct LogsCount {
    count: i32,
}

impl HistoryRow {
    pub(crate) fn states(&self) -> u64 {
        size(self.states_aggregate.aggregate.as_ref().map(|aggregate| aggregate.count))
    }

    pub(crate) fn logs(&self) -> u64 {
        size(self.logs_aggregate.aggregate.as_ref().map(|aggregate| aggregate.count))
    }
}

fn size(count: Option<i32>) -> u64 {
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
}

static STATES: Document<PollStates> = Document::new();
static HISTORIES: Document<PollHistories> = Document::new();

fn of(ids: Vec<FlowRunId>) -> PollVariables {
    PollVariables { filter: FlowRunWhere { id: OneOf { ids: Some(ids) } } }
}

pub(crate) fn states(ids: Vec<FlowRunId>) -> Operation<PollStates, PollVariables> {
    STATES.with(of(ids), PollStates::build)
}

pub(crate) fn histories(ids: Vec<FlowRunId>) -> Operation<PollHistories, PollVariables> {
    HISTORIES.with(of(ids), PollHistories::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn of_states() {
        let operation = states(vec![flow_run_id()]);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_histories() {
        let operation = histories(vec![flow_run_id()]);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
