//! Finds the tenant that an API token logs in to.

use cynic::QueryBuilder;
use prefect_schema::TenantId;

use super::document::{Document, Operation};
use super::filters::{TenantIs, TextIs, tenant, text};
use super::{cynic, schema};
use crate::session::Tenant;

#[derive(cynic::QueryVariables)]
pub(crate) struct FindTenantVariables<'a> {
    filter: TenantWhere<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "tenant_bool_exp")]
struct TenantWhere<'a> {
    #[cynic(skip_serializing_if = "Option::is_none")]
    id: Option<TenantIs>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    slug: Option<TextIs<'a>>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "FindTenantVariables")]
pub(crate) struct FindTenant {
    #[arguments(where: $filter, limit: 1)]
    pub(crate) tenant: Vec<TenantRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "tenant")]
pub(crate) struct TenantRow {
    pub(crate) id: TenantId,
}

static DOCUMENT: Document<FindTenant> = Document::new();

pub(crate) fn build(wanted: &Tenant) -> Operation<FindTenant, FindTenantVariables<'_>> {
    let filter = match wanted {
        Tenant::Id(id) => TenantWhere { id: Some(tenant(*id)), slug: None },
        Tenant::Slug(slug) => TenantWhere { id: None, slug: Some(text(slug)) },
    };
    DOCUMENT.with(FindTenantVariables { filter }, FindTenant::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn by_id() {
        let wanted = Tenant::Id(tenant_id());
        let operation = build(&wanted);
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn by_slug() {
        insta::assert_json_snapshot!(build(&Tenant::Slug("acme".to_owned())).variables);
    }
}
