//! Schedules a run of one flow version. With the key the server makes one run however often the
//! same input arrives, so it may be sent again.

use cynic::{MutationBuilder, Operation};
use prefect_schema::{FlowId, FlowRunId, Json};

use super::{cynic, schema};

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct CreateFlowRunVariables<'a> {
    input: CreateFlowRunInput<'a>,
}

#[derive(cynic::InputObject, Debug)]
#[cynic(graphql_type = "create_flow_run_input", rename_all = "None")]
struct CreateFlowRunInput<'a> {
    flow_id: FlowId,
    idempotency_key: &'a str,
    #[cynic(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a Json>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CreateFlowRunVariables", rename_all = "None")]
pub(crate) struct CreateFlowRun {
    #[arguments(input: $input)]
    pub(crate) create_flow_run: Option<CreatedFlowRun>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "flow_run_id_payload")]
pub(crate) struct CreatedFlowRun {
    pub(crate) id: Option<FlowRunId>,
}

impl CreateFlowRun {
    pub(crate) fn id(&self) -> Option<FlowRunId> {
        self.create_flow_run.as_ref().and_then(|run| run.id)
    }
}

pub(crate) fn build<'a>(
    flow_id: FlowId,
    idempotency_key: &'a str,
    parameters: Option<&'a Json>,
) -> Operation<CreateFlowRun, CreateFlowRunVariables<'a>> {
    let input = CreateFlowRunInput { flow_id, idempotency_key, parameters };
    CreateFlowRun::build(CreateFlowRunVariables { input })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_valid, flow_id};
    use super::*;

    #[test]
    fn with_parameters() {
        let parameters = Json::from_text(r#"{"name":"Ada \"👋\"\n","big":12345678901234567890123}"#).unwrap();
        let operation = build(flow_id(), "key-1", Some(&parameters));
        assert_valid(&operation.query);
        insta::assert_snapshot!(operation.query);
        // The text itself: a snapshot as JSON would round the number.
        insta::assert_snapshot!(serde_json::to_string(&operation).unwrap());
    }

    #[test]
    fn without_parameters() {
        insta::assert_json_snapshot!(build(flow_id(), "key-1", None).variables);
    }
}
