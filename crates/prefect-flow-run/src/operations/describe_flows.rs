//! What there is, for the error that says a flow was not found.

use cynic::QueryBuilder;
use prefect_schema::TenantId;

use super::document::{Document, Operation};
use super::filters::{FlowWhere, ProjectWhere, boolean, text};
use super::{cynic, schema};

/// So many are told at the most, as the document says.
pub(crate) const MOST: usize = 1000;

#[derive(cynic::QueryVariables)]
pub(crate) struct DescribeFlowsVariables<'a> {
    projects: ProjectWhere<'a>,
    unarchived: FlowWhere<'a>,
    archived: FlowWhere<'a>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "DescribeFlowsVariables")]
pub(crate) struct DescribeFlows {
    #[arguments(where: $projects, order_by: [{ name: "asc" }], limit: 1000)]
    pub(crate) project: Vec<ProjectName>,
    #[arguments(where: $unarchived, order_by: [{ name: "asc" }], limit: 1000)]
    pub(crate) flow: Vec<FlowName>,
    #[cynic(rename = "flow", alias)]
    #[arguments(where: $archived, limit: 1)]
    pub(crate) archived: Vec<FlowName>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "project")]
pub(crate) struct ProjectName {
    pub(crate) name: String,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow")]
pub(crate) struct FlowName {
    pub(crate) name: String,
    pub(crate) project: ProjectName,
}

static DOCUMENT: Document<DescribeFlows> = Document::new();

pub(crate) fn build<'a>(
    flow_name: &'a str,
    project_name: Option<&'a str>,
    tenant_id: Option<TenantId>,
) -> Operation<DescribeFlows, DescribeFlowsVariables<'a>> {
    let tenant = || ProjectWhere::of(None, tenant_id);
    DOCUMENT.with(
        DescribeFlowsVariables {
            projects: tenant().unwrap_or_default(),
            unarchived: FlowWhere {
                archived: Some(boolean(false)),
                project: tenant(),
                ..FlowWhere::default()
            },
            archived: FlowWhere {
                name: Some(text(flow_name)),
                archived: Some(boolean(true)),
                project: ProjectWhere::of(project_name, tenant_id),
                ..FlowWhere::default()
            },
        },
        DescribeFlows::build,
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn everything_of_the_tenant() {
        let operation = build("F", Some("P"), Some(tenant_id()));
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn everything_of_the_server() {
        insta::assert_json_snapshot!(build("F", None, None).variables);
    }
}
