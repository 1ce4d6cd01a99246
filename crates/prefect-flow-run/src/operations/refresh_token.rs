//! Exchanges a refresh token, sent as the credentials, for a new access token.

use cynic::MutationBuilder;

use super::document::{Document, Operation};
use super::{cynic, schema};
use crate::session::Session;

#[derive(cynic::QueryVariables)]
pub(crate) struct RefreshTokenVariables<'a> {
    input: RefreshTokenInput<'a>,
}

#[derive(cynic::InputObject)]
#[cynic(graphql_type = "refresh_token_input", rename_all = "None")]
struct RefreshTokenInput<'a> {
    access_token: &'a str,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "RefreshTokenVariables", rename_all = "None")]
pub(crate) struct RefreshToken {
    #[arguments(input: $input)]
    refresh_token: Option<Tokens>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "refresh_token_payload", rename_all = "None")]
struct Tokens {
    access_token: Option<String>,
    expires_at: Option<jiff::Timestamp>,
    refresh_token: Option<String>,
}

impl RefreshToken {
    /// The session, if the server gave all of it.
    pub(crate) fn into_session(self) -> Option<Session> {
        let tokens = self.refresh_token?;
        Some(Session::new(tokens.access_token?, tokens.refresh_token?, tokens.expires_at?))
    }
}

static DOCUMENT: Document<RefreshToken> = Document::new();

pub(crate) fn build(access_token: &str) -> Operation<RefreshToken, RefreshTokenVariables<'_>> {
    DOCUMENT.with(RefreshTokenVariables { input: RefreshTokenInput { access_token } }, RefreshToken::build)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn of_an_access_token() {
        let operation = build("access-1");
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }
}
