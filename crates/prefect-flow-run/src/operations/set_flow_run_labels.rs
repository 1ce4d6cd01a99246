//! Replaces a run's labels. The same labels a second time change nothing, so it may be sent again.

use cynic::MutationBuilder;
use prefect_schema::FlowRunId;

use super::document::{Document, Operation};
use super::fragments::Success;
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct SetFlowRunLabelsVariables<'a> {
    input: SetFlowRunLabelsInput<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "set_flow_run_labels_input", rename_all = "None")]
struct SetFlowRunLabelsInput<'a> {
    flow_run_id: FlowRunId,
    labels: &'a [String],
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "SetFlowRunLabelsVariables", rename_all = "None")]
pub(crate) struct SetFlowRunLabels {
    #[arguments(input: $input)]
    set_flow_run_labels: Option<Success>,
}

impl SetFlowRunLabels {
    /// Whether there is such a run.
    pub(crate) fn found(self) -> bool {
        Success::said_by(self.set_flow_run_labels)
    }
}

static DOCUMENT: Document<SetFlowRunLabels> = Document::new();

pub(crate) fn build(
    flow_run_id: FlowRunId,
    labels: &[String],
) -> Operation<SetFlowRunLabels, SetFlowRunLabelsVariables<'_>> {
    let input = SetFlowRunLabelsInput { flow_run_id, labels };
    DOCUMENT.with(SetFlowRunLabelsVariables { input }, SetFlowRunLabels::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_run_id};
    use super::*;

    #[test]
    fn of_a_run() {
        let labels = ["gpu".to_owned(), "eu".to_owned()];
        let operation = build(flow_run_id(), &labels);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn none_at_all() {
        insta::assert_json_snapshot!(build(flow_run_id(), &[]).variables);
    }
}
