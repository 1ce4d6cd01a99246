//! Request bodies: one GraphQL request or several, with variables in all the forms that clients send.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::reply::{self, Reply};
use super::url;
use crate::execute::refusal;
use crate::request::diagnostics::RequestError;
use crate::request::fields::{Fields, fields};
use crate::request::variables::RawVariables;

/// One GraphQL request.
#[derive(Debug)]
pub(super) struct GraphQl {
    pub(super) query: String,
    pub(super) variables: RawVariables,
    pub(super) operation_name: Option<String>,
}

/// What a body holds.
pub(super) enum Requested {
    One(GraphQl),
    Batch(Vec<Result<GraphQl, Malformed>>),
}

/// A body, or a member of a batch, that is not a GraphQL request.
#[derive(Debug)]
pub(super) enum Malformed {
    /// Nothing that the gateway takes for a body.
    Missing,
    /// Not JSON.
    Broken,
    /// The variables are a string, and that is not JSON.
    Variables,
    /// The hash of a query instead of the query. No query is known by its hash here.
    Persisted,
    /// JSON of the wrong shape.
    Shape(&'static str),
}

impl Malformed {
    /// The whole answer. Three of the five never reach the gateway's GraphQL layer.
    pub(super) fn reply(&self) -> Reply {
        const MISSING: &str = "POST body missing. Did you forget use body-parser middleware?";
        const BROKEN: &str = "<!DOCTYPE html>\n<pre>SyntaxError: the body is not JSON</pre>\n";
        match self {
            Self::Missing => reply::text(StatusCode::INTERNAL_SERVER_ERROR, MISSING),
            Self::Broken => reply::html(StatusCode::BAD_REQUEST, BROKEN),
            Self::Variables => reply::html(StatusCode::BAD_REQUEST, "Variables are invalid JSON."),
            Self::Persisted => reply::json(StatusCode::OK, self.text()),
            Self::Shape(_) => reply::json(StatusCode::BAD_REQUEST, self.text()),
        }
    }

    /// The answer to a member of a batch.
    pub(super) fn text(&self) -> String {
        refusal(&match self {
            Self::Shape(message) => RequestError::request(*message),
            Self::Variables => RequestError::request("Variables are invalid JSON."),
            Self::Missing | Self::Broken => RequestError::request(NO_QUERY),
            Self::Persisted => RequestError {
                code: "PERSISTED_QUERY_NOT_FOUND",
                ..RequestError::request("PersistedQueryNotFound")
            },
        })
    }
}

#[derive(Deserialize)]
struct Extensions {
    #[serde(rename = "persistedQuery")]
    persisted_query: Option<IgnoredAny>,
}

const NO_QUERY: &str = "Must provide query string.";
const BAD_VARIABLES: &str = "Variables must be provided as an Object where each property is a variable value. \
                             Also look to see if an unparsed JSON string was provided.";

/// Bytes that are no text become U+FFFD, as the gateway reads them.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    // A text is found to be one several times as fast as it is looked at for what is none.
    str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

pub(super) fn parse(body: &str) -> Result<Requested, Malformed> {
    let text = body.trim();
    match text.as_bytes().first() {
        None => Err(Malformed::Missing),
        Some(b'{') => {
            let fields = fields(text).map_err(|_| unreadable(text))?;
            if fields.is_empty() {
                return Err(Malformed::Missing);
            }
            Ok(Requested::One(read(&fields)?))
        }
        Some(b'[') => {
            let members: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| Malformed::Broken)?;
            if members.is_empty() {
                return Err(Malformed::Missing);
            }
            Ok(Requested::Batch(members.into_iter().map(member).collect()))
        }
        Some(_) => Err(Malformed::Broken),
    }
}

/// Why an object has no fields: it is not JSON, or a key is no text.
fn unreadable(object: &str) -> Malformed {
    match serde_json::from_str::<&RawValue>(object) {
        Ok(_) => Malformed::Shape(NO_QUERY),
        Err(_) => Malformed::Broken,
    }
}

fn member(member: &RawValue) -> Result<GraphQl, Malformed> {
    // Whatever is no object has no fields either.
    read(&fields(member.get()).map_err(|_| Malformed::Shape(NO_QUERY))?)
}

fn read(fields: &Fields<'_>) -> Result<GraphQl, Malformed> {
    let field = |name: &str| fields.get(name).map(|value| value.get());
    let query: String = match field("query") {
        None if field("extensions").is_some_and(have_hash) => return Err(Malformed::Persisted),
        None | Some("null" | "\"\"") => return Err(Malformed::Shape(NO_QUERY)),
        Some(text) => {
            serde_json::from_str(text).map_err(|_| Malformed::Shape("GraphQL queries must be strings."))?
        }
    };
    Ok(GraphQl {
        query,
        variables: field("variables").map_or_else(|| Ok(RawVariables::new()), variables)?,
        operation_name: field("operationName").and_then(|name| serde_json::from_str(name).ok()),
    })
}

fn have_hash(extensions: &str) -> bool {
    serde_json::from_str::<Extensions>(extensions).is_ok_and(|given| given.persisted_query.is_some())
}

/// The request in the query of a URL; `None` when there is none.
pub(super) fn from_url(query: &str) -> Option<Result<GraphQl, Malformed>> {
    let text = url::parameter(query, "query").filter(|text| !text.is_empty())?;
    let variables = match url::parameter(query, "variables") {
        Some(variables) => variables_text(&variables),
        None => Ok(RawVariables::new()),
    };
    let operation_name = url::parameter(query, "operationName").filter(|name| !name.is_empty());
    Some(variables.map(|variables| GraphQl { query: text, variables, operation_name }))
}

/// An object, null, or a JSON string of one of these. An array is let through as if it were empty.
fn variables(given: &str) -> Result<RawVariables, Malformed> {
    if !given.starts_with('"') {
        return object(given);
    }
    // Half of a surrogate pair is JSON and no text.
    let text: String = serde_json::from_str(given).map_err(|_| Malformed::Variables)?;
    variables_text(&text)
}

/// Variables that are a text of their own.
fn variables_text(text: &str) -> Result<RawVariables, Malformed> {
    if text.is_empty() {
        return Err(Malformed::Shape(BAD_VARIABLES));
    }
    let inner: &RawValue = serde_json::from_str(text).map_err(|_| Malformed::Variables)?;
    object(inner.get())
}

fn object(text: &str) -> Result<RawVariables, Malformed> {
    match text.as_bytes().first() {
        Some(b'{') => serde_json::from_str(text).map_err(|_| Malformed::Variables),
        Some(b'n' | b'[') => Ok(RawVariables::new()),
        _ => Err(Malformed::Shape(BAD_VARIABLES)),
    }
}
