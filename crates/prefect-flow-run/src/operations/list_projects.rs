//! Projects by name: those of a tenant where one is asked for, and of one name where one is.

use cynic::QueryBuilder;
use prefect_schema::{ProjectId, TenantId};

use super::document::{Document, Operation};
use super::filters::ProjectWhere;
use super::{cynic, schema};
use crate::Project;

#[derive(cynic::QueryVariables)]
pub(crate) struct ListProjectsVariables<'a> {
    filter: ProjectWhere<'a>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "ListProjectsVariables")]
pub(crate) struct ListProjects {
    #[arguments(where: $filter, order_by: [{ name: "asc" }, { id: "asc" }])]
    project: Vec<ProjectRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "project", rename_all = "None")]
struct ProjectRow {
    id: ProjectId,
    name: String,
    description: Option<String>,
    tenant_id: Option<TenantId>,
}

impl ListProjects {
    pub(crate) fn into_projects(self) -> Vec<Project> {
        self.project.into_iter().map(Project::from).collect()
    }
}

impl From<ProjectRow> for Project {
    fn from(row: ProjectRow) -> Self {
        Self { id: row.id, name: row.name, description: row.description, tenant_id: row.tenant_id }
    }
}

static DOCUMENT: Document<ListProjects> = Document::new();

pub(crate) fn build(
    name: Option<&str>,
    tenant_id: Option<TenantId>,
) -> Operation<ListProjects, ListProjectsVariables<'_>> {
    DOCUMENT.with(
        ListProjectsVariables { filter: ProjectWhere::of(name, tenant_id).unwrap_or_default() },
        ListProjects::build,
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn of_a_tenant() {
        let operation = build(None, Some(tenant_id()));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_a_name() {
        insta::assert_json_snapshot!(build(Some("P"), None).variables);
        insta::assert_json_snapshot!(build(None, None).variables);
    }
}
