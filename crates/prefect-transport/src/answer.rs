//! What the body of an answer says: GraphQL's envelope. The errors are read before the data is decoded, so data that
//! does not fit never hides them.

use std::collections::HashMap;

use http::StatusCode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::excerpt;
use crate::{GraphQlError, Kind};

/// The longest `errors` that are taken apart, in bytes: their values need many times the room of their text.
const ERRORS: usize = 64 * 1024;

/// What JSON takes for a blank.
const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// What an answer says, its data apart, which are where they were to be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Whether there are data, and they fit.
    pub(crate) has_data: bool,
    pub(crate) errors: Vec<GraphQlError>,
    /// Something was delivered beside the errors, whether or not it fits.
    pub(crate) partial: bool,
}

/// A body that is no answer to what was asked.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) kind: Kind,
    /// The reason, where there is more to say.
    pub(crate) reason: Option<String>,
}

/// Where the data of an answer go, whatever their type is: so the transport is there once for all of them.
pub(crate) trait Data: Send {
    /// Reads the data alone.
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error>;

    /// Reads an answer in which there is nothing to think about; whether it is one.
    fn read_plain(&mut self, body: &[u8]) -> bool {
        plain(body).is_some_and(|json| self.read(json).is_ok())
    }
}

impl<T: DeserializeOwned + Send> Data for Option<T> {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        *self = Some(serde_json::from_str(json)?);
        Ok(())
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

/// The data of an object that has nothing else, as servers write one without errors. Whatever else a body is, it is read
/// with more care.
pub(crate) fn plain(body: &[u8]) -> Option<&str> {
    // As a text, so that not every string in it is looked at for bytes that are none.
    let body = std::str::from_utf8(body).ok()?;
    let data = body.trim_end_matches(BLANK).strip_prefix("{\"data\":")?.strip_suffix('}')?;
    Some(data.trim_start_matches(BLANK)).filter(|data| *data != "null")
}

impl Answer {
    /// Reads a body that should be a GraphQL response, and what was asked for into `data`.
    pub(crate) fn read(status: StatusCode, body: &[u8], data: &mut dyn Data) -> Result<Self, Unreadable> {
        // Nearly always; it takes half the time.
        if data.read_plain(body) {
            return Ok(Self { status, has_data: true, errors: Vec::new(), partial: false });
        }
        Self::read_with_care(status, body, data)
    }

    #[cold]
    fn read_with_care(status: StatusCode, body: &[u8], data: &mut dyn Data) -> Result<Self, Unreadable> {
        let envelope = Envelope::read(body).map_err(|error| Unreadable::because(Kind::Malformed, &error))?;
        let envelope = envelope.ok_or(Unreadable::MALFORMED)?;
        let errors = errors(envelope.errors);
        let partial = !errors.is_empty() && envelope.data.is_some_and(holds_something);
        let has_data = match envelope.data.map(|json| data.read(json.get())) {
            Some(Ok(())) => true,
            // Beside errors, data that does not fit is the usual null.
            Some(Err(_)) | None if !errors.is_empty() => false,
            Some(Err(error)) => return Err(Unreadable::because(Kind::Decode, &error)),
            None => return Err(Unreadable::MALFORMED),
        };
        Ok(Self { status, has_data, errors, partial })
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
}

impl Unreadable {
    const MALFORMED: Self = Self { kind: Kind::Malformed, reason: None };

    /// With what serde_json says, which it may quote at any length.
    fn because(kind: Kind, error: &serde_json::Error) -> Self {
        Self { kind, reason: excerpt(&error.to_string()) }
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
    use std::fmt;
    use std::time::Duration;

    use super::*;
    use crate::Response;
    use crate::error::Exchange;

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

    /// Sees that what is read in one pass is what is read with care; whether it can be read in one.
    fn both_ways<T: DeserializeOwned + Send + fmt::Debug>(body: &str) -> bool {
        let body = body.as_bytes();
        let (mut quick, mut careful) = (None::<T>, None::<T>);
        let read = Answer::read(StatusCode::OK, body, &mut quick);
        let with_care = Answer::read_with_care(StatusCode::OK, body, &mut careful);
        assert_eq!(
            format!("{read:?} {quick:?}"),
            format!("{with_care:?} {careful:?}"),
            "{}",
            String::from_utf8_lossy(body)
        );
        super::Data::read_plain(&mut None::<T>, body)
    }

    #[test]
    fn data_of_an_answer_before_are_not_taken_for_those_of_this_one() {
        for body in
            [r#"{"data":null,"errors":[{}]}"#, r#"{"errors":[{}]}"#, r#"{"data":{"a":5},"errors":[{}]}"#]
        {
            for read in [Answer::read, Answer::read_with_care] {
                let mut data = Some(Data { _a: None });
                let answer = read(StatusCode::OK, body.as_bytes(), &mut data).unwrap();
                assert!(Response::new(answer, data, exchange()).data.is_none(), "{body}");
            }
        }
    }

    #[test]
    fn one_pass_reads_what_care_reads() {
        let plain =
            [r#"{"data":{"a":[1]}}"#, r#"{"data":{"a":null,"b":{"c":[{}]}}}"#, "{\"data\": {} }\r\n\t "];
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
            r#"{"data":{"a":null},"errors":null,"extensions":{"cost":1}}"#,
            "{ \"errors\" : null, \"data\" : {} }",
            r#"{"data":}"#,
            "{\"data\":{}}\u{c}",
            "{\"data\":\u{c}{}}",
            r#"{"data":{"a":[1]}"#,
            r#"{"data":{"a":[1]}}}"#,
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
