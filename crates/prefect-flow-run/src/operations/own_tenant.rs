//! Asks Prefect Cloud which tenant the credentials are for. Prefect Server has no such question.

use cynic::QueryBuilder;
use prefect_schema::TenantId;

use super::document::{Document, Operation};
use super::{cynic, schema};

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub(crate) struct OwnTenant {
    auth_info: Option<AuthInfo>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "auth_info", rename_all = "None")]
struct AuthInfo {
    tenant_id: Option<TenantId>,
}

impl OwnTenant {
    pub(crate) fn id(&self) -> Option<TenantId> {
        self.auth_info.as_ref().and_then(|info| info.tenant_id)
    }
}

static DOCUMENT: Document<OwnTenant> = Document::new();

pub(crate) fn build() -> Operation<OwnTenant, ()> {
    DOCUMENT.with((), OwnTenant::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn of_the_credentials() {
        let operation = build();
        insta::assert_snapshot!(body(&operation));
        insta::assert_snapshot!(document(&operation));
    }
}
