//! The tenants that can be seen, the oldest first.

use cynic::{Operation, QueryBuilder};
use prefect_schema::TenantId;

use super::{cynic, schema};
use crate::TenantInfo;

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub(crate) struct ListTenants {
    #[arguments(order_by: [{ created: "asc" }])]
    tenant: Vec<TenantRow>,
}

#[derive(cynic::QueryFragment, Debug)]
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

pub(crate) fn build() -> Operation<ListTenants, ()> {
    ListTenants::build(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_valid;
    use super::*;

    #[test]
    fn all() {
        let operation = build();
        assert_valid(&operation.query);
        insta::assert_json_snapshot!(operation);
        insta::assert_snapshot!(operation.query);
    }
}
