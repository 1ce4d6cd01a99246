//! The lookup by id: of a flow version, or of the group that versions share. Of a group it is the
//! unarchived version with the highest number.

use cynic::QueryBuilder;
use prefect_schema::TenantId;

use super::document::{Document, Operation};
use super::filters::{FlowWhere, ProjectWhere, flow, flow_group, text};
use super::find_flow::FlowRow;
use super::{cynic, schema};
use crate::FlowReference;

#[derive(cynic::QueryVariables)]
pub(crate) struct FindVersionVariables<'a> {
    unarchived: FlowWhere<'a>,
    any: FlowWhere<'a>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FindVersionVariables")]
pub(crate) struct FindVersion {
    #[arguments(where: $unarchived, order_by: [{ version: "desc" }], limit: 1)]
    pub(crate) flow: Vec<FlowRow>,
    /// For the error that says there is none but archived ones.
    #[cynic(rename = "flow", alias)]
    #[arguments(where: $any, limit: 1)]
    pub(crate) any: Vec<FlowName>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow")]
pub(crate) struct FlowName {
    pub(crate) name: String,
}

static DOCUMENT: Document<FindVersion> = Document::new();

pub(crate) fn build(
    reference: &FlowReference,
    tenant_id: Option<TenantId>,
) -> Operation<FindVersion, FindVersionVariables<'_>> {
    DOCUMENT.with(
        FindVersionVariables {
            unarchived: filter(reference, tenant_id).unarchived(),
            any: filter(reference, tenant_id),
        },
        FindVersion::build,
    )
}

/// All versions that a reference stands for.
pub(crate) fn filter(reference: &FlowReference, tenant_id: Option<TenantId>) -> FlowWhere<'_> {
    let project = ProjectWhere::of(None, tenant_id);
    match reference {
        FlowReference::Version(id) => FlowWhere { id: Some(flow(*id)), project, ..FlowWhere::default() },
        FlowReference::Group(id) => {
            FlowWhere { flow_group_id: Some(flow_group(*id)), project, ..FlowWhere::default() }
        }
        FlowReference::VersionGroup(id) => {
            FlowWhere { version_group_id: Some(text(id)), project, ..FlowWhere::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, flow_id, tenant_id};
    use super::*;

    #[test]
    fn of_a_version() {
        let reference = FlowReference::Version(flow_id());
        let operation = build(&reference, None);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn of_a_group() {
        let reference = FlowReference::Group(flow_id().0.into());
        insta::assert_json_snapshot!(build(&reference, Some(tenant_id())).variables);
    }

    #[test]
    fn of_a_version_group() {
        let reference = FlowReference::VersionGroup("my-flow".to_owned());
        insta::assert_json_snapshot!(build(&reference, Some(tenant_id())).variables);
    }
}
