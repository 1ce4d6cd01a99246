//! Replaces an artifact's data. The same data a second time change nothing, so it may be sent again.

use cynic::MutationBuilder;
use prefect_schema::TaskRunArtifactId;

use super::create_task_run_artifact::ArtifactData;
use super::document::{Document, Operation};
use super::fragments::Success;
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct UpdateTaskRunArtifactVariables {
    input: UpdateTaskRunArtifactInput,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "update_task_run_artifact_input", rename_all = "None")]
struct UpdateTaskRunArtifactInput {
    task_run_artifact_id: TaskRunArtifactId,
    data: ArtifactData,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "UpdateTaskRunArtifactVariables", rename_all = "None")]
pub(crate) struct UpdateTaskRunArtifact {
    #[arguments(input: $input)]
    update_task_run_artifact: Option<Success>,
}

impl UpdateTaskRunArtifact {
    /// Whether there is such an artifact.
    pub(crate) fn found(self) -> bool {
        Success::said_by(self.update_task_run_artifact)
    }
}

static DOCUMENT: Document<UpdateTaskRunArtifact> = Document::new();

pub(crate) fn build(
    task_run_artifact_id: TaskRunArtifactId,
    kind: &str,
    content: &str,
) -> Operation<UpdateTaskRunArtifact, UpdateTaskRunArtifactVariables> {
    let data = ArtifactData::new(kind, content);
    let input = UpdateTaskRunArtifactInput { task_run_artifact_id, data };
    DOCUMENT.with(UpdateTaskRunArtifactVariables { input }, UpdateTaskRunArtifact::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn of_markdown() {
        let operation = build(TaskRunArtifactId(uuid::Uuid::from_u128(1)), "markdown", "# Done\n");
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
