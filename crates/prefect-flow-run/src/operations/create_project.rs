//! Makes a project. Its name is unique within the tenant, so it may be sent again: the second time
//! is refused, and that says as much.

use cynic::MutationBuilder;
use prefect_schema::{ProjectId, TenantId};

use super::document::{Document, Operation};
use super::{cynic, schema};

#[derive(cynic::QueryVariables)]
pub(crate) struct CreateProjectVariables<'a> {
    input: CreateProjectInput<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "create_project_input", rename_all = "None")]
struct CreateProjectInput<'a> {
    tenant_id: TenantId,
    name: &'a str,
    #[cynic(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "CreateProjectVariables", rename_all = "None")]
pub(crate) struct CreateProject {
    #[arguments(input: $input)]
    create_project: Option<CreatedProject>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "project_id_payload")]
struct CreatedProject {
    id: Option<ProjectId>,
}

impl CreateProject {
    pub(crate) fn id(&self) -> Option<ProjectId> {
        self.create_project.as_ref().and_then(|project| project.id)
    }
}

static DOCUMENT: Document<CreateProject> = Document::new();

pub(crate) fn build<'a>(
    tenant_id: TenantId,
    name: &'a str,
    description: Option<&'a str>,
) -> Operation<CreateProject, CreateProjectVariables<'a>> {
    let input = CreateProjectInput { tenant_id, name, description };
    DOCUMENT.with(CreateProjectVariables { input }, CreateProject::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn with_a_description() {
        let operation = build(tenant_id(), "P", Some("of tests"));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn without_a_description() {
        insta::assert_json_snapshot!(build(tenant_id(), "P", None).variables);
    }
}
