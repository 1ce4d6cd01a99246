//! The tenants that can be seen, the oldest first.

use cynic::QueryBuilder;
use prefect_schema::TenantId;

use super::document::{Document, Operation};
use super::{cynic, schema};
use crate::TenantInfo;

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query")]
pub(crate) struct ListTenants {
    #[arguments(order_by: [{ created: "asc" }])]
    tenant: Vec<TenantRow>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "tenant")]
struct TenantRow {
    id: TenantId,
    name: String,
    slug: String,
}

impl ListTenants {
    pub(crate) fn into_tenants(self) -> Vec<TenantInfo> {
        let tenant = |row: TenantRow| TenantInfo { id: row.id, name: row.name, slug: row.slug };
        self.tenant.into_iter().map(tenant).collect()
    }
}

static DOCUMENT: Document<ListTenants> = Document::new();

pub(crate) fn build() -> Operation<ListTenants, ()> {
    DOCUMENT.with((), ListTenants::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn all() {
        let operation = build();
        insta::assert_snapshot!(body(&operation));
        insta::assert_snapshot!(document(&operation));
    }
}
