//! Schedules a run of one flow version. With the key the server makes one run however often the
//! same input arrives, so it may be sent again; without, it may not.

use cynic::MutationBuilder;
use prefect_schema::{FlowId, FlowRunId, Json};

use super::document::{Document, Operation};
use super::{cynic, schema};
use crate::StartTime;

#[derive(cynic::QueryVariables)]
pub(crate) struct CreateFlowRunVariables<'a> {
    input: CreateFlowRunInput<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "create_flow_run_input", rename_all = "None")]
pub(crate) struct CreateFlowRunInput<'a> {
    pub(crate) flow_id: FlowId,
    /// Left out for a server that knows none.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<&'a str>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) parameters: Option<&'a Json>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<&'a Json>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) run_config: Option<&'a Json>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) labels: Option<&'a [String]>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) flow_run_name: Option<&'a str>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) scheduled_start_time: Option<&'a StartTime>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "CreateFlowRunVariables", rename_all = "None")]
pub(crate) struct CreateFlowRun {
    #[arguments(input: $input)]
    pub(crate) create_flow_run: Option<CreatedFlowRun>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_run_id_payload")]
pub(crate) struct CreatedFlowRun {
    pub(crate) id: Option<FlowRunId>,
}

impl CreateFlowRun {
    pub(crate) fn id(&self) -> Option<FlowRunId> {
        self.create_flow_run.as_ref().and_then(|run| run.id)
    }
}

static DOCUMENT: Document<CreateFlowRun> = Document::new();

pub(crate) fn build(input: CreateFlowRunInput<'_>) -> Operation<CreateFlowRun, CreateFlowRunVariables<'_>> {
    DOCUMENT.with(CreateFlowRunVariables { input }, CreateFlowRun::build)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{body, document, flow_id};
    use super::*;
    use crate::{FlowRunRequest, Parameters};

    #[test]
    fn with_parameters() {
        let text = r#"{"name":"Ada \"👋\"\n","big":12345678901234567890123}"#;
        let parameters = Parameters::from_text(text).unwrap();
        let request = FlowRunRequest::new().parameters(parameters).unwrap();
        let key = "key-1".into();
        let operation = build(request.input(flow_id(), Some(&key)));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn without_parameters() {
        insta::assert_json_snapshot!(
            build(FlowRunRequest::new().input(flow_id(), Some(&"key-1".into()))).variables
        );
    }

    #[test]
    fn with_everything() {
        let start = "2026-11-22T21:54:22.5+01:00[+01:00]".parse::<jiff::Zoned>().unwrap();
        let request = FlowRunRequest::new()
            .run_name("nightly")
            .labels(["gpu", "eu"])
            .start_at(start)
            .parameters(json!({}))
            .and_then(|request| request.context(json!({ "today": "2026-11-22" })))
            .and_then(|request| request.run_config(json!({ "type": "MyRun", "size": 1.0 })))
            .unwrap();
        let key = "key-1".into();
        let variables = serde_json::to_string_pretty(&build(request.input(flow_id(), Some(&key))).variables);
        insta::assert_snapshot!(variables.unwrap());
    }

    #[test]
    fn no_labels_are_a_value() {
        let request = FlowRunRequest::new().labels([""; 0]);
        insta::assert_json_snapshot!(build(request.input(flow_id(), Some(&"key-1".into()))).variables);
    }

    #[test]
    fn without_a_key() {
        insta::assert_json_snapshot!(build(FlowRunRequest::new().input(flow_id(), None)).variables);
    }
}
