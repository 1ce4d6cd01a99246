//! The lookup: of each project that has the flow, its unarchived version with the highest number.
//!
//! One row a project, so that a name that several projects have is seen as such.

use cynic::QueryBuilder;
use prefect_schema::{FlowId, Json, ProjectId, TenantId};

use super::document::{Document, Operation};
use super::filters::{FlowWhere, ProjectWhere, text};
use super::{cynic, schema};
use crate::declaration::{GroupDefaults, ParameterRows};
use crate::lenient::{Lenient, Present};

#[derive(cynic::QueryVariables)]
pub(crate) struct FindFlowVariables<'a> {
    filter: FlowWhere<'a>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FindFlowVariables")]
pub(crate) struct FindFlow {
    #[arguments(
        where: $filter,
        distinct_on: ["project_id"],
        order_by: [{ project_id: "asc" }, { version: "desc" }],
        limit: 20
    )]
    pub(crate) flow: Vec<FlowRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow", rename_all = "None")]
pub(crate) struct FlowRow {
    pub(crate) id: FlowId,
    pub(crate) name: String,
    pub(crate) version: Option<i32>,
    pub(crate) parameters: Option<ParameterRows>,
    /// Every run config has a type, so this tells whether there is one.
    #[cynic(rename = "run_config", alias)]
    #[arguments(path: "$.type")]
    pub(crate) run_config_type: Option<Present>,
    #[cynic(rename = "run_config", alias)]
    #[arguments(path: "$.labels")]
    pub(crate) run_config_labels: Option<Json>,
    #[cynic(rename = "environment", alias)]
    #[arguments(path: "$.labels")]
    pub(crate) environment_labels: Option<Json>,
    pub(crate) flow_group: FlowGroupRow,
    pub(crate) project: ProjectRow,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_group", rename_all = "None")]
pub(crate) struct FlowGroupRow {
    pub(crate) default_parameters: Option<Lenient<GroupDefaults>>,
    pub(crate) labels: Option<Json>,
    /// Every run config has a type, so this tells whether there is one.
    #[cynic(rename = "run_config", alias)]
    #[arguments(path: "$.type")]
    pub(crate) run_config_type: Option<Present>,
    #[cynic(rename = "run_config", alias)]
    #[arguments(path: "$.labels")]
    pub(crate) run_config_labels: Option<Json>,
}

#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "project", rename_all = "None")]
pub(crate) struct ProjectRow {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
    pub(crate) tenant_id: Option<TenantId>,
}

static DOCUMENT: Document<FindFlow> = Document::new();

pub(crate) fn build<'a>(
    flow_name: &'a str,
    project_name: Option<&'a str>,
    tenant_id: Option<TenantId>,
) -> Operation<FindFlow, FindFlowVariables<'a>> {
    let filter = filter(flow_name, project_name, tenant_id).unarchived();
    DOCUMENT.with(FindFlowVariables { filter }, FindFlow::build)
}

/// All versions of a flow.
pub(crate) fn filter<'a>(
    flow_name: &'a str,
    project_name: Option<&'a str>,
    tenant_id: Option<TenantId>,
) -> FlowWhere<'a> {
    let project = ProjectWhere::of(project_name, tenant_id);
    FlowWhere { name: Some(text(flow_name)), project, ..FlowWhere::default() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn in_a_project() {
        let operation = build("My \"Cloud\" Flow\n👋", Some("My Cloud Project"), None);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn filters_not_wanted_are_left_out() {
        insta::assert_json_snapshot!(build("F", None, None).variables);
        insta::assert_json_snapshot!(build("F", None, Some(tenant_id())).variables);
        insta::assert_json_snapshot!(build("F", Some("P"), Some(tenant_id())).variables);
    }
}
