//! Deletes a project, its flows and their runs. A second time finds nothing, so it is not sent again
//! where the first may have been executed: the answer could not tell what the first did.

use cynic::MutationBuilder;
use prefect_schema::ProjectId;

use super::document::{Document, Operation};
use super::fragments::Success;
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct DeleteProjectVariables {
    input: DeleteProjectInput,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "delete_project_input", rename_all = "None")]
struct DeleteProjectInput {
    project_id: ProjectId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "DeleteProjectVariables", rename_all = "None")]
pub(crate) struct DeleteProject {
    #[arguments(input: $input)]
    delete_project: Option<Success>,
}

impl DeleteProject {
    /// Whether there was one.
    pub(crate) fn found(self) -> bool {
        Success::said_by(self.delete_project)
    }
}

static DOCUMENT: Document<DeleteProject> = Document::new();

pub(crate) fn build(project_id: ProjectId) -> Operation<DeleteProject, DeleteProjectVariables> {
    DOCUMENT.with(DeleteProjectVariables { input: DeleteProjectInput { project_id } }, DeleteProject::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn by_id() {
        let operation = build(ProjectId(uuid::Uuid::from_u128(1)));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
