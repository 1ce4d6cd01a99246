//! Reads all that there is to tell of one run, apart from its task runs and logs.

use cynic::QueryBuilder;
use jiff::Timestamp;
use prefect_schema::{AgentId, FlowRunId, Json};

use super::document::{Document, Operation};
use super::fragments::{FlowOfRunRow, Labels};
use super::{cynic, schema};
use crate::{FlowRunDetails, PastState, State};

#[derive(cynic::QueryVariables)]
pub(crate) struct FlowRunDetailsVariables {
    id: FlowRunId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FlowRunDetailsVariables", rename_all = "None")]
pub(crate) struct ReadFlowRunDetails {
    #[arguments(id: $id)]
    flow_run_by_pk: Option<FlowRunRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run", rename_all = "None")]
struct FlowRunRow {
    id: FlowRunId,
    name: Option<String>,
    state: Option<String>,
    state_message: Option<String>,
    labels: Labels,
    parameters: Option<Json>,
    context: Option<Json>,
    run_config: Option<Json>,
    idempotency_key: Option<String>,
    auto_scheduled: bool,
    agent_id: Option<AgentId>,
    created: Timestamp,
    updated: Timestamp,
    scheduled_start_time: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    flow: FlowOfRunRow,
    #[arguments(order_by: [{ timestamp: "asc" }, { version: "asc" }])]
    states: Vec<StateRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run_state")]
struct StateRow {
    state: String,
    message: Option<String>,
    timestamp: Timestamp,
}

impl ReadFlowRunDetails {
    pub(crate) fn into_details(self) -> Option<FlowRunDetails> {
        let row = self.flow_run_by_pk?;
        Some(FlowRunDetails {
            id: row.id,
            name: row.name.unwrap_or_default(),
            state: row.state.map_or(State::Pending, State::from),
            state_message: row.state_message,
            states: row.states.into_iter().map(PastState::from).collect(),
            labels: row.labels.0,
            parameters: row.parameters,
            context: row.context,
            run_config: row.run_config,
            idempotency_key: row.idempotency_key,
            auto_scheduled: row.auto_scheduled,
            agent_id: row.agent_id,
            created: row.created,
            updated: row.updated,
            scheduled_start_time: row.scheduled_start_time,
            start_time: row.start_time,
            end_time: row.end_time,
            flow: row.flow.into(),
        })
    }
}

impl From<StateRow> for PastState {
    fn from(row: StateRow) -> Self {
        Self { state: row.state.into(), message: row.message, timestamp: row.timestamp }
    }
}

static DOCUMENT: Document<ReadFlowRunDetails> = Document::new();

pub(crate) fn build(id: FlowRunId) -> Operation<ReadFlowRunDetails, FlowRunDetailsVariables> {
    DOCUMENT.with(FlowRunDetailsVariables { id }, ReadFlowRunDetails::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn of_a_run() {
        let operation = build(flow_run_id());
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
