//! Exchanges an API token for an access token of one tenant, as Prefect 0.10 and 0.11 log in.

use cynic::MutationBuilder;
use prefect_schema::TenantId;

use super::document::{Document, Operation};
use super::{cynic, schema};
use crate::session::Session;

#[derive(cynic::QueryVariables)]
pub(crate) struct SwitchTenantVariables {
    input: SwitchTenantInput,
}

#[derive(cynic::InputObject)]
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

static DOCUMENT: Document<SwitchTenant> = Document::new();

pub(crate) fn build(tenant_id: TenantId) -> Operation<SwitchTenant, SwitchTenantVariables> {
    DOCUMENT.with(SwitchTenantVariables { input: SwitchTenantInput { tenant_id } }, SwitchTenant::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document, tenant_id};
    use super::*;

    #[test]
    fn to_a_tenant() {
        let operation = build(tenant_id());
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
