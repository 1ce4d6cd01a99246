//! Deletes an artifact. As with a project, it is not sent again where it may have been executed.

use cynic::MutationBuilder;
use prefect_schema::TaskRunArtifactId;

use super::document::{Document, Operation};
use super::fragments::Success;
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct DeleteTaskRunArtifactVariables {
    input: DeleteTaskRunArtifactInput,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "delete_task_run_artifact_input", rename_all = "None")]
struct DeleteTaskRunArtifactInput {
    task_run_artifact_id: TaskRunArtifactId,
}

#[derive(cynic::QueryFragment)]
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

static DOCUMENT: Document<DeleteTaskRunArtifact> = Document::new();

pub(crate) fn build(
    task_run_artifact_id: TaskRunArtifactId,
) -> Operation<DeleteTaskRunArtifact, DeleteTaskRunArtifactVariables> {
    DOCUMENT.with(
        DeleteTaskRunArtifactVariables { input: DeleteTaskRunArtifactInput { task_run_artifact_id } },
        DeleteTaskRunArtifact::build,
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn by_id() {
        let operation = build(TaskRunArtifactId(uuid::Uuid::from_u128(1)));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
