//! Asks the server to cancel a run. A second time changes nothing, so it may be sent again.

use cynic::MutationBuilder;
use prefect_schema::FlowRunId;

use super::document::{Document, Operation};
use super::{cynic, schema};
use crate::State;

#[derive(cynic::QueryVariables)]
pub(crate) struct CancelFlowRunVariables {
    input: CancelFlowRunInput,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "cancel_flow_run_input", rename_all = "None")]
struct CancelFlowRunInput {
    flow_run_id: FlowRunId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "CancelFlowRunVariables", rename_all = "None")]
pub(crate) struct CancelFlowRun {
    #[arguments(input: $input)]
    cancel_flow_run: Option<StateName>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "cancel_flow_run_payload")]
struct StateName {
    state: Option<String>,
}

impl CancelFlowRun {
    /// The state that the run is in now.
    pub(crate) fn into_state(self) -> Option<State> {
        self.cancel_flow_run?.state.map(State::from)
    }
}

static DOCUMENT: Document<CancelFlowRun> = Document::new();

pub(crate) fn build(flow_run_id: FlowRunId) -> Operation<CancelFlowRun, CancelFlowRunVariables> {
    DOCUMENT.with(CancelFlowRunVariables { input: CancelFlowRunInput { flow_run_id } }, CancelFlowRun::build)
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
