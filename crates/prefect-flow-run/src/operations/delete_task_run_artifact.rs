//! Deletes an artifact. As with a project, it is not sent again where it may have been executed.

use cynic::{MutationBuilder, Operation};
use prefect_schema::TaskRunArtifactId;

use super::fragments::Success;
use super::{cynic, schema};

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct DeleteTaskRunArtifactVariables {
    input: DeleteTaskRunArtifactInput,
}

#[derive(cynic::InputObject, Debug)]
#[cynic(graphql_type = "delete_task_run_artifact_input", rename_all = "None")]
struct DeleteTaskRunArtifactInput {
    task_run_artifact_id: TaskRunArtifactId,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "DeleteTaskRunArtifactVariables", rename_all = "None")]
pub(crate) struct DeleteTaskRunArtifact {
    #[arguments(input: $input)]
    delete_task_run_artifact: Option<Success>,
}

impl DeleteTaskRunArtifact {
    /// Whether there was one.
    pub(crate) fn found(self) -> bool {
        Success::said_by(self.delete_task_run_artifact)
    }
}

pub(crate) fn build(
    task_run_artifact_id: TaskRunArtifactId,
) -> Operation<DeleteTaskRunArtifact, DeleteTaskRunArtifactVariables> {
    DeleteTaskRunArtifact::build(DeleteTaskRunArtifactVariables {
        input: DeleteTaskRunArtifactInput { task_run_artifact_id },
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_valid;
    use super::*;

    #[test]
    fn by_id() {
        let operation = build(TaskRunArtifactId(uuid::Uuid::from_u128(1)));
        assert_valid(&operation.query);
        insta::assert_snapshot!(operation.query);
        insta::assert_json_snapshot!(operation);
    }
}
