//! Exchanges an API token for an access token of one tenant, as Prefect 0.10 and 0.11 log in.

use cynic::{MutationBuilder, Operation};
use prefect_schema::TenantId;

use super::{cynic, schema};
use crate::session::Session;

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct SwitchTenantVariables {
    input: SwitchTenantInput,
}

#[derive(cynic::InputObject, Debug)]
#[cynic(graphql_type = "switch_tenant_input", rename_all = "None")]
struct SwitchTenantInput {
    tenant_id: TenantId,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "SwitchTenantVariables", rename_all = "None")]
pub(crate) struct SwitchTenant {
    #[arguments(input: $input)]
    switch_tenant: Option<Tokens>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "switch_tenant_payload", rename_all = "None")]
struct Tokens {
    access_token: Option<String>,
    expires_at: Option<jiff::Timestamp>,
    refresh_token: Option<String>,
}

impl SwitchTenant {
    /// The session, if the server gave all of it.
    pub(crate) fn into_session(self) -> Option<Session> {
        let tokens = self.switch_tenant?;
        Some(Session::new(tokens.access_token?, tokens.refresh_token?, tokens.expires_at?))
    }
}

pub(crate) fn build(tenant_id: TenantId) -> Operation<SwitchTenant, SwitchTenantVariables> {
    SwitchTenant::build(SwitchTenantVariables { input: SwitchTenantInput { tenant_id } })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_valid, tenant_id};
    use super::*;

    #[test]
    fn to_a_tenant() {
        let operation = build(tenant_id());
        assert_valid(&operation.query);
        insta::assert_snapshot!(operation.query);
        insta::assert_json_snapshot!(operation);
    }
}
