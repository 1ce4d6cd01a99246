//! A GraphQL answer as callers get it, and one of its errors. How it is read is in `answer`.

use std::fmt;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::error::{Exchange, excerpt};
use crate::{Delivery, Error, Kind};

/// How Prefect's back end words a failure of its own, without any code.
const INTERNAL: &str = "An internal API error occurred";

/// How Prefect Server words that a service behind its front, which is Node's, broke off. That may have done what
/// was asked.
const BROKEN_OFF: [&str; 6] = [
    " failed, reason: ",
    "invalid json response body at ",
    "Invalid response body while trying to fetch ",
    "network timeout at: ",
    // Its own words for a failure of the database, and for one after a run was made.
    "Unable to connect to postgres",
    "State update failed for ",
];

/// An answer with both of its halves: a server may return data *and* errors.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response<T> {
    /// What was asked for, as far as the server delivered it.
    pub data: Option<T>,
    /// What went wrong while it was made; empty when all went well.
    pub errors: Vec<GraphQlError>,
    /// Something was delivered beside the errors, whether or not it fits into `data`.
    partial: bool,
    status: StatusCode,
    exchange: Exchange,
}

/// One error of a GraphQL answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct GraphQlError {
    /// The server's text.
    #[serde(default)]
    pub message: String,
    /// Where in the answer it belongs: field names (or aliases) and list indices.
    #[serde(default)]
    pub path: Option<Vec<Value>>,
    /// What the server adds, such as a code.
    #[serde(default)]
    pub extensions: Value,
}

impl GraphQlError {
    /// The `code` of the extensions, such as `UNAUTHENTICATED`.
    pub fn code(&self) -> Option<&str> {
        self.extensions.get("code").and_then(Value::as_str)
    }

    /// Whether the server failed inside, so that the operation may have been executed in part.
    pub(crate) fn is_internal(&self) -> bool {
        let says = |words: &str| self.message.contains(words);
        self.code() == Some("API_ERROR") || says(INTERNAL) || BROKEN_OFF.into_iter().any(says)
    }

    pub(crate) fn is_unauthorized(&self) -> bool {
        self.code() == Some("UNAUTHENTICATED") || self.message.contains("Malformed Authorization header")
    }
}

impl fmt::Display for GraphQlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(excerpt(&self.message).as_deref().unwrap_or("an error without a message"))?;
        match self.code().filter(|code| *code != "INTERNAL_SERVER_ERROR") {
            Some(code) => write!(f, " [{}]", excerpt(code).unwrap_or_default()),
            None => Ok(()),
        }
    }
}

impl<T> Response<T> {
    /// What `answer` says, with the `data` that were read of it, if any were.
    pub(crate) fn new(answer: Answer, data: Option<T>, exchange: Exchange) -> Self {
        let Answer { status, has_data, errors, partial } = answer;
        Self { data: data.filter(|_| has_data), errors, partial, status, exchange }
    }

    /// The data, if there was no error at all.
    ///
    /// # Errors
    /// [`Kind::GraphQl`] or [`Kind::Unauthorized`] with the server's errors.
    pub fn into_result(self) -> Result<T, Error> {
        match self.data {
            Some(data) if self.errors.is_empty() => Ok(data),
            _ => Err(refusal(self.errors, self.partial, self.status, self.exchange)),
        }
    }

    /// How many times the request was sent or tried to be sent.
    pub fn attempts(&self) -> u32 {
        self.exchange.attempts
    }

    /// Whether an attempt before the answered one may have been executed as well.
    pub fn earlier_attempt_may_have_executed(&self) -> bool {
        self.exchange.earlier_in_doubt
    }
}

/// What is said of an answer that is not all that was asked for.
#[cold]
fn refusal(errors: Vec<GraphQlError>, partial: bool, status: StatusCode, exchange: Exchange) -> Error {
    let unauthorized = errors.iter().any(GraphQlError::is_unauthorized);
    let kind = if unauthorized { Kind::Unauthorized } else { Kind::GraphQl };
    Error::new(kind, Delivery::Answered, exchange)
        .with_status(status)
        .with_errors(errors)
        .with_partial_data(partial)
}
