//! What a field that could not be resolved answers. Whole-request failures are in `request::diagnostics`.

use crate::request::diagnostics::INTERNAL;

/// The error of one root field; the other fields of the request still answer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct FieldError {
    pub(crate) message: String,
    pub(crate) code: &'static str,
}

impl FieldError {
    /// An error of the domain, with the real server's text.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: INTERNAL }
    }

    /// A value that the column's type does not take, as Hasura reports it.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: "data-exception" }
    }

    /// A failure that the real server does not explain.
    pub(crate) fn internal() -> Self {
        Self::new("Unable to complete operation. An internal API error occurred.")
    }

    pub(crate) fn too_large(limit: &str) -> Self {
        Self::new(format!("The query is too large for this sandbox: {limit}."))
    }

    pub(crate) fn not_served(what: &str) -> Self {
        Self::new(format!("{what} is not served by this sandbox"))
    }
}

/// What SQLite says when a statement goes beyond its limits.
const TOO_LARGE: [&str; 4] =
    ["Expression tree is too large", "parser stack overflow", "statement too long", "too many columns"];

impl From<rusqlite::Error> for FieldError {
    fn from(error: rusqlite::Error) -> Self {
        let said = error.to_string();
        if let Some(limit) = TOO_LARGE.iter().find(|limit| said.starts_with(**limit)) {
            return Self::too_large(limit);
        }
        tracing::error!(%error, "a request failed in the database");
        Self::internal()
    }
}
