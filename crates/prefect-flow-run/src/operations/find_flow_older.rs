//! The lookup on servers that are too old for the usual one: before flow groups had run configs, and
//! before there were projects, groups and tenants.

use cynic::QueryBuilder;
use prefect_schema::{FlowId, Json};

use super::document::{Document, Operation};
use super::filters::FlowWhere;
use super::find_flow::ProjectRow;
use super::{cynic, schema};
use crate::declaration::{GroupDefaults, ParameterRows};
use crate::lenient::{Lenient, Present};

#[derive(cynic::QueryVariables)]
pub(crate) struct FindFlowOlderVariables<'a> {
    filter: FlowWhere<'a>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FindFlowOlderVariables")]
pub(crate) struct FindFlowWithProjects {
    #[arguments(
        where: $filter,
        distinct_on: ["project_id"],
        order_by: [{ project_id: "asc" }, { version: "desc" }],
        limit: 20
    )]
    pub(crate) flow: Vec<FlowWithProject>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow", rename_all = "None")]
pub(crate) struct FlowWithProject {
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
    pub(crate) flow_group: GroupWithoutRunConfig,
    pub(crate) project: ProjectRow,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow_group", rename_all = "None")]
pub(crate) struct GroupWithoutRunConfig {
    pub(crate) default_parameters: Option<Lenient<GroupDefaults>>,
    pub(crate) labels: Option<Json>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FindFlowOlderVariables")]
pub(crate) struct FindFlowWithoutProjects {
    #[arguments(where: $filter, order_by: [{ version: "desc" }], limit: 1)]
    pub(crate) flow: Vec<FlowWithoutProject>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow", rename_all = "None")]
pub(crate) struct FlowWithoutProject {
    pub(crate) id: FlowId,
    pub(crate) name: String,
    pub(crate) version: Option<i32>,
    pub(crate) parameters: Option<ParameterRows>,
    #[cynic(rename = "environment", alias)]
    #[arguments(path: "$.labels")]
    pub(crate) environment_labels: Option<Json>,
}

static FIND_FLOW_WITH_PROJECTS: Document<FindFlowWithProjects> = Document::new();
static FIND_FLOW_WITHOUT_PROJECTS: Document<FindFlowWithoutProjects> = Document::new();

pub(crate) fn with_projects(
    filter: FlowWhere<'_>,
) -> Operation<FindFlowWithProjects, FindFlowOlderVariables<'_>> {
    FIND_FLOW_WITH_PROJECTS.with(FindFlowOlderVariables { filter }, FindFlowWithProjects::build)
}

pub(crate) fn without_projects(
    filter: FlowWhere<'_>,
) -> Operation<FindFlowWithoutProjects, FindFlowOlderVariables<'_>> {
    FIND_FLOW_WITHOUT_PROJECTS.with(FindFlowOlderVariables { filter }, FindFlowWithoutProjects::build)
}

#[cfg(test)]
mod tests {
    use super::super::filters::{boolean, text};
    use super::super::testing::{body, document};
    use super::*;

    fn by_name() -> FlowWhere<'static> {
        FlowWhere { name: Some(text("F")), archived: Some(boolean(false)), ..FlowWhere::default() }
    }

    #[test]
    fn of_groups_without_run_configs() {
        let operation = with_projects(by_name());
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_flows_without_projects() {
        let operation = without_projects(by_name());
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
