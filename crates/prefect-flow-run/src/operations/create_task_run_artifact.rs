//! Makes an artifact of a task run. Twice makes two, so it is not sent again where it may have been
//! executed.

use std::collections::BTreeMap;

use cynic::MutationBuilder;
use prefect_schema::{TaskRunArtifactId, TaskRunId};

use super::document::{Document, Operation};
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct CreateTaskRunArtifactVariables {
    input: CreateTaskRunArtifactInput,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "create_task_run_artifact_input", rename_all = "None")]
struct CreateTaskRunArtifactInput {
    task_run_id: TaskRunId,
    kind: &'static str,
    data: ArtifactData,
}

/// One entry: the kind and its content.
#[derive(cynic::Scalar)]
#[cynic(graphql_type = "JSON")]
pub(super) struct ArtifactData(BTreeMap<String, String>);

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "CreateTaskRunArtifactVariables", rename_all = "None")]
pub(crate) struct CreateTaskRunArtifact {
    #[arguments(input: $input)]
    create_task_run_artifact: Option<CreatedArtifact>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "task_run_artifact_id_payload")]
struct CreatedArtifact {
    id: Option<TaskRunArtifactId>,
}

impl CreateTaskRunArtifact {
    pub(crate) fn id(&self) -> Option<TaskRunArtifactId> {
        self.create_task_run_artifact.as_ref().and_then(|artifact| artifact.id)
    }
}

impl ArtifactData {
    pub(super) fn new(kind: &str, content: &str) -> Self {
        Self(BTreeMap::from([(kind.to_owned(), content.to_owned())]))
    }
}

static DOCUMENT: Document<CreateTaskRunArtifact> = Document::new();

pub(crate) fn build(
    task_run_id: TaskRunId,
    kind: &'static str,
    content: &str,
) -> Operation<CreateTaskRunArtifact, CreateTaskRunArtifactVariables> {
    let input = CreateTaskRunArtifactInput { task_run_id, kind, data: ArtifactData::new(kind, content) };
    DOCUMENT.with(CreateTaskRunArtifactVariables { input }, CreateTaskRunArtifact::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn of_a_link() {
        let operation = build(TaskRunId(uuid::Uuid::from_u128(1)), "link", "https://example.org/\"x\"");
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
