//! The `where` arguments that several operations share.
//!
//! The servers take a comparison with null for true, so no field here can become null: a filter
//! that is not wanted is left out whole.

use prefect_schema::{FlowGroupId, FlowId, FlowRunId, TenantId};

use super::{cynic, schema};
use crate::State;

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "String_comparison_exp")]
pub(crate) struct TextIs<'a> {
    #[cynic(rename = "_eq")]
    eq: &'a str,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "Boolean_comparison_exp")]
pub(crate) struct BooleanIs {
    #[cynic(rename = "_eq")]
    eq: bool,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
pub(crate) struct TenantIs {
    #[cynic(rename = "_eq")]
    eq: TenantId,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
pub(crate) struct FlowIs {
    #[cynic(rename = "_eq")]
    eq: FlowId,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
pub(crate) struct FlowRunIs {
    #[cynic(rename = "_eq")]
    eq: FlowRunId,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "timestamptz_comparison_exp")]
pub(crate) struct Since {
    #[cynic(rename = "_gte")]
    gte: Time,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "uuid_comparison_exp")]
pub(crate) struct FlowGroupIs {
    #[cynic(rename = "_eq")]
    eq: FlowGroupId,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "String_comparison_exp")]
pub(crate) struct TextIn<'a> {
    #[cynic(rename = "_in")]
    any_of: Vec<&'a str>,
}

/// A time. The schema allows null where times are compared, and cynic takes a bare timestamp there
/// only as an `Option`.
#[derive(cynic::Scalar, Clone, Copy)]
#[cynic(graphql_type = "timestamptz")]
pub(crate) struct Time(pub(crate) jiff::Timestamp);

#[derive(cynic::InputObject, Default)]
#[cynic(graphql_type = "flow_bool_exp", rename_all = "None")]
pub(crate) struct FlowWhere<'a> {
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<FlowIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) flow_group_id: Option<FlowGroupIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) version_group_id: Option<TextIs<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<TextIs<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) archived: Option<BooleanIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<ProjectWhere<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) flow_group: Option<FlowGroupWhere<'a>>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "flow_group_bool_exp")]
pub(crate) struct FlowGroupWhere<'a> {
    flows: Box<FlowWhere<'a>>,
}

#[derive(cynic::InputObject, Default)]
#[cynic(graphql_type = "project_bool_exp", rename_all = "None")]
pub(crate) struct ProjectWhere<'a> {
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<TextIs<'a>>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_id: Option<TenantIs>,
}

pub(crate) fn text(eq: &str) -> TextIs<'_> {
    TextIs { eq }
}

/// Any of these states; no filter when there are none.
pub(crate) fn states(states: &[State]) -> Option<TextIn<'_>> {
    let any_of: Vec<_> = states.iter().map(State::name).collect();
    (!any_of.is_empty()).then_some(TextIn { any_of })
}

pub(crate) fn boolean(eq: bool) -> BooleanIs {
    BooleanIs { eq }
}

pub(crate) fn tenant(eq: TenantId) -> TenantIs {
    TenantIs { eq }
}

pub(crate) fn flow_group(eq: FlowGroupId) -> FlowGroupIs {
    FlowGroupIs { eq }
}

pub(crate) fn flow(eq: FlowId) -> FlowIs {
    FlowIs { eq }
}

pub(crate) fn flow_run(eq: FlowRunId) -> FlowRunIs {
    FlowRunIs { eq }
}

pub(crate) fn since(moment: jiff::Timestamp) -> Since {
    Since { gte: Time(moment) }
}

impl FlowWhere<'_> {
    /// Without the archived versions.
    pub(crate) fn unarchived(self) -> Self {
        Self { archived: Some(boolean(false)), ..self }
    }

    /// All versions of the flow that this one is a version of.
    pub(crate) fn of_flow(version: FlowId) -> Self {
        let this = Self { id: Some(flow(version)), ..Self::default() };
        Self { flow_group: Some(FlowGroupWhere { flows: Box::new(this) }), ..Self::default() }
    }
}

impl<'a> ProjectWhere<'a> {
    /// The filter on a flow's project, or none when nothing is asked of it.
    pub(crate) fn of(name: Option<&'a str>, tenant_id: Option<TenantId>) -> Option<Self> {
        (name.is_some() || tenant_id.is_some())
            .then(|| Self { name: name.map(text), tenant_id: tenant_id.map(tenant) })
    }
}
