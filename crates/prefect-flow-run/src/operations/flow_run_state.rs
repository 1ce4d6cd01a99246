//! Reads a run and its present state.

use cynic::QueryBuilder;
use prefect_schema::{FlowId, FlowRunId};

use super::document::{Document, Operation};
use super::{cynic, schema};
use crate::{FlowRun, State};

#[derive(cynic::QueryVariables)]
pub(crate) struct FlowRunStateVariables {
    id: FlowRunId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FlowRunStateVariables", rename_all = "None")]
pub(crate) struct FlowRunState {
    #[arguments(id: $id)]
    flow_run_by_pk: Option<FlowRunRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run", rename_all = "None")]
pub(crate) struct FlowRunRow {
    id: FlowRunId,
    flow_id: FlowId,
    name: Option<String>,
    state: Option<String>,
    state_message: Option<String>,
}

impl FlowRunState {
    pub(crate) fn into_flow_run(self) -> Option<FlowRun> {
        self.flow_run_by_pk.map(FlowRun::from)
    }
}

impl From<FlowRunRow> for FlowRun {
    fn from(row: FlowRunRow) -> Self {
        Self {
            id: row.id,
            flow_id: row.flow_id,
            name: row.name.unwrap_or_default(),
            // A run has no state for the moment between its insertion and its scheduling.
            state: row.state.map_or(State::Pending, State::from),
            state_message: row.state_message,
        }
    }
}

static DOCUMENT: Document<FlowRunState> = Document::new();

pub(crate) fn build(id: FlowRunId) -> Operation<FlowRunState, FlowRunStateVariables> {
    DOCUMENT.with(FlowRunStateVariables { id }, FlowRunState::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn by_id() {
        let operation = build(flow_run_id());
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn a_run_without_a_state_is_pending() {
        let (id, flow_id) = (flow_run_id(), super::super::testing::flow_id());
        let json = format!(
            r#"{{"flow_run_by_pk":{{"id":"{id}","flow_id":"{flow_id}","name":null,"state":null,"state_message":null}}}}"#
        );
        let answer: FlowRunState = serde_json::from_str(&json).unwrap();
        assert_eq!(answer.into_flow_run().unwrap().state, State::Pending);
        let answer: FlowRunState = serde_json::from_str(r#"{"flow_run_by_pk":null}"#).unwrap();
        assert!(answer.into_flow_run().is_none());
    }
}
