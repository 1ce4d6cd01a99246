//! The envelope of a GraphQL answer. The errors are read before the data is decoded, so data that
//! does not fit never hides them.

use std::collections::HashMap;
use std::fmt;

use http::StatusCode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::value::RawValue;

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

/// The longest `errors` that are taken apart, in bytes: their values need many times the room of their text.
const ERRORS: usize = 64 * 1024;

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

/// Where the data of an answer go, whatever their type is: so the transport is there once for all of them.
pub(crate) trait Data: Send {
    /// Reads an answer in which there is nothing to think about; whether it is one.
    fn read_plain(&mut self, body: &[u8]) -> bool;

    /// Reads the data alone.
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error>;
}

impl<T: DeserializeOwned + Send> Data for Option<T> {
    fn read_plain(&mut self, body: &[u8]) -> bool {
        *self = Plain::read(body);
        self.is_some()
    }

    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        *self = Some(serde_json::from_str(json)?);
        Ok(())
    }
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

    fn is_unauthorized(&self) -> bool {
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

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads a JSON object; any other JSON is none. (An array would be taken for the fields.)
    fn read(body: &'a [u8]) -> Result<Option<Self>, serde_json::Error> {
        if body.trim_ascii_start().first() != Some(&b'{') {
            return serde_json::from_slice(body).map(|IgnoredAny| None);
        }
        serde_json::from_slice(body).map(Some)
    }
}

/// An answer in which there is nothing to think about.
#[derive(Deserialize)]
struct Plain<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Option<IgnoredAny>,
}

impl<T: DeserializeOwned> Plain<T> {
    /// The data of an object without errors in it. Whatever else a body is, it is read with more care.
    fn read(body: &[u8]) -> Option<T> {
        // As a text, so that not every string in it is looked at for bytes that are none.
        let body = std::str::from_utf8(body).ok().filter(|body| body.starts_with('{'))?;
        let plain: Self = serde_json::from_str(body).ok()?;
        plain.data.filter(|_| plain.errors.is_none())
    }
}

impl Response<()> {
    /// Reads a body that should be a GraphQL response, and what was asked for into `data`.
    pub(crate) fn read(
        status: StatusCode,
        body: &[u8],
        exchange: Exchange,
        data: &mut dyn Data,
    ) -> Result<Self, Error> {
        // Nearly always; it takes half the time.
        if data.read_plain(body) {
            return Ok(Self { data: Some(()), errors: Vec::new(), partial: false, status, exchange });
        }
        Self::read_with_care(status, body, exchange, data)
    }

    fn read_with_care(
        status: StatusCode,
        body: &[u8],
        exchange: Exchange,
        data: &mut dyn Data,
    ) -> Result<Self, Error> {
        let malformed = |exchange| {
            Error::new(Kind::Malformed, Delivery::Answered, exchange).with_status(status).with_body(body)
        };
        let envelope = match Envelope::read(body) {
            Ok(Some(envelope)) => envelope,
            Ok(None) => return Err(malformed(exchange)),
            Err(error) => return Err(malformed(exchange).with_source(words(&error))),
        };
        let errors = errors(envelope.errors);
        let partial = !errors.is_empty() && envelope.data.is_some_and(holds_something);
        let data = match envelope.data {
            Some(json) => match data.read(json.get()) {
                Ok(()) => Some(()),
                // Beside errors, data that does not fit is the usual null.
                Err(_) if !errors.is_empty() => None,
                Err(error) => {
                    return Err(Error::new(Kind::Decode, Delivery::Answered, exchange)
                        .with_status(status)
                        .with_body(body)
                        .with_source(words(&error)));
                }
            },
            None if errors.is_empty() => return Err(malformed(exchange)),
            None => None,
        };
        Ok(Self { data, errors, partial, status, exchange })
    }

    /// The same answer with the data that were read of it, if any were.
    pub(crate) fn with_data<T>(self, data: Option<T>) -> Response<T> {
        let Self { data: was_read, errors, partial, status, exchange } = self;
        Response { data: was_read.and(data), errors, partial, status, exchange }
    }
}

impl<T> Response<T> {
    /// The data, if there was no error at all.
    ///
    /// # Errors
    /// [`Kind::GraphQl`] or [`Kind::Unauthorized`] with the server's errors.
    pub fn into_result(self) -> Result<T, Error> {
        let kind = match self.data {
            Some(data) if self.errors.is_empty() => return Ok(data),
            _ if self.errors.iter().any(GraphQlError::is_unauthorized) => Kind::Unauthorized,
            _ => Kind::GraphQl,
        };
        Err(Error::new(kind, Delivery::Answered, self.exchange)
            .with_status(self.status)
            .with_errors(self.errors)
            .with_partial_data(self.partial))
    }

    /// How many times the request was sent or tried to be sent.
    pub fn attempts(&self) -> u32 {
        self.exchange.attempts
    }

    /// Whether an attempt before the answered one may have been executed as well.
    pub fn earlier_attempt_may_have_executed(&self) -> bool {
        self.exchange.earlier_in_doubt
    }

    /// The first of the errors, in the server's words.
    pub(crate) fn first_error(&self) -> String {
        self.errors.first().map(ToString::to_string).unwrap_or_default()
    }

    pub(crate) fn is_internal_error(&self) -> bool {
        self.errors.iter().any(GraphQlError::is_internal)
    }

    pub(crate) fn is_unauthorized(&self) -> bool {
        !self.partial && !self.is_internal_error() && self.errors.iter().any(GraphQlError::is_unauthorized)
    }

    pub(crate) fn exchange_mut(&mut self) -> &mut Exchange {
        &mut self.exchange
    }
}

/// Reads `errors` whatever its shape, so that no word of the server is lost; null and `[]` are none.
fn errors(raw: Option<&RawValue>) -> Vec<GraphQlError> {
    let Some(raw) = raw.map(RawValue::get).filter(|raw| *raw != "null") else { return Vec::new() };
    let as_they_are = |text: &str| {
        let message = text.chars().take(ERRORS).collect();
        vec![GraphQlError { message, path: None, extensions: Value::Null }]
    };
    if raw.len() > ERRORS {
        return as_they_are(raw);
    }
    serde_json::from_str(raw).unwrap_or_else(|_| as_they_are(raw))
}

/// What serde_json says of an answer, which it may quote at any length.
fn words(error: &serde_json::Error) -> String {
    excerpt(&error.to_string()).unwrap_or_default()
}

/// Whether an answer's data has a field that is not null: a refused operation's are.
fn holds_something(data: &RawValue) -> bool {
    match serde_json::from_str::<HashMap<&str, Option<IgnoredAny>>>(data.get()) {
        Ok(fields) => fields.values().any(Option::is_some),
        Err(_) => true,
    }
}

/// The errors of a body that may not be GraphQL at all.
pub(crate) fn errors_of_body(body: &[u8]) -> Vec<GraphQlError> {
    let envelope = Envelope::read(body).ok().flatten();
    envelope.map(|envelope| errors(envelope.errors)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Deserialize, Debug)]
    struct Data {
        #[serde(rename = "a")]
        _a: Option<Vec<u8>>,
    }

    fn exchange() -> Exchange {
        Exchange {
            operation: "test".into(),
            endpoint: "http://localhost".parse().unwrap(),
            idempotent: true,
            attempts: 1,
            elapsed: Duration::ZERO,
            earlier_in_doubt: false,
        }
    }

    /// What is read in one pass is what is read with care.
    fn both_ways<T: DeserializeOwned + Send + fmt::Debug>(body: &str) -> bool {
        let body = body.as_bytes();
        let (mut quick, mut careful) = (None::<T>, None::<T>);
        let read = Response::read(StatusCode::OK, body, exchange(), &mut quick);
        let with_care = Response::read_with_care(StatusCode::OK, body, exchange(), &mut careful);
        let quick = format!("{:?}", read.map(|answer| answer.with_data(quick)));
        let careful = format!("{:?}", with_care.map(|answer| answer.with_data(careful)));
        assert_eq!(quick, careful, "{}", String::from_utf8_lossy(body));
        Plain::<T>::read(body).is_some()
    }

    #[test]
    fn data_of_an_answer_before_are_not_taken_for_those_of_this_one() {
        for body in
            [r#"{"data":null,"errors":[{}]}"#, r#"{"errors":[{}]}"#, r#"{"data":{"a":5},"errors":[{}]}"#]
        {
            for read in [Response::read, Response::read_with_care] {
                let mut data = Some(Data { _a: None });
                let answer = read(StatusCode::OK, body.as_bytes(), exchange(), &mut data).unwrap();
                assert!(answer.with_data(data).data.is_none(), "{body}");
            }
        }
    }

    #[test]
    fn one_pass_reads_what_care_reads() {
        let plain = [
            r#"{"data":{"a":[1]}}"#,
            r#"{"data":{"a":null,"b":{"c":[{}]}},"errors":null,"extensions":{"cost":1}}"#,
            "{ \"errors\" : null, \"data\" : {} }\n",
        ];
        for body in plain {
            assert!(both_ways::<Data>(body) && both_ways::<Value>(body), "{body}");
        }
        let others = [
            "",
            "{",
            "null",
            "[{\"a\":[1]}]",
            "[null,null]",
            " {\"data\":{}}",
            "{}",
            r#"{"data":null}"#,
            r#"{"data":null,"errors":null}"#,
            r#"{"data":{"a":[1]},"errors":[]}"#,
            r#"{"data":{"a":[1]},"errors":[{"message":"no"}]}"#,
            r#"{"data":{"a":["x"]}}"#,
            r#"{"data":{"a":[1]},"data":{"a":[2]}}"#,
            r#"{"data":{"a":[1]}} {"data":{}}"#,
            r#"{"data":[[1]]}"#,
            "<html></html>",
        ];
        for body in others {
            both_ways::<Data>(body);
            both_ways::<Value>(body);
            both_ways::<Option<Data>>(body);
        }
    }
}
