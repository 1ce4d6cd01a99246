//! Renames a run. The same name a second time changes nothing, so it may be sent again.

use cynic::MutationBuilder;
use prefect_schema::FlowRunId;

use super::document::{Document, Operation};
use super::fragments::Success;
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct SetFlowRunNameVariables<'a> {
    input: SetFlowRunNameInput<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "set_flow_run_name_input", rename_all = "None")]
struct SetFlowRunNameInput<'a> {
    flow_run_id: FlowRunId,
    name: &'a str,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "SetFlowRunNameVariables", rename_all = "None")]
pub(crate) struct SetFlowRunName {
    #[arguments(input: $input)]
    set_flow_run_name: Option<Success>,
}

impl SetFlowRunName {
    /// Whether there is such a run.
    pub(crate) fn found(self) -> bool {
        Success::said_by(self.set_flow_run_name)
    }
}

static DOCUMENT: Document<SetFlowRunName> = Document::new();

pub(crate) fn build(
    flow_run_id: FlowRunId,
    name: &str,
) -> Operation<SetFlowRunName, SetFlowRunNameVariables<'_>> {
    DOCUMENT.with(
        SetFlowRunNameVariables { input: SetFlowRunNameInput { flow_run_id, name } },
        SetFlowRunName::build,
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn of_a_run() {
        let operation = build(flow_run_id(), "nightly \"run\"");
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
