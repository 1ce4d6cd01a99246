//! Whether an answer is one that the real gateway could give.

use serde::Deserialize;
use serde_json::value::RawValue;

/// An answer as it came.
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer<'a> {
    errors: Option<Vec<AnswerError<'a>>>,
    #[serde(borrow, default, deserialize_with = "given")]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerError<'a> {
    message: String,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(borrow)]
    path: Option<&'a RawValue>,
    extensions: Extensions<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Location {
    line: u32,
    column: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extensions<'a> {
    code: String,
    #[serde(borrow)]
    exception: Option<&'a RawValue>,
}

/// Null is a value as well.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What of the sandbox's own failures is told; its log has the rest.
const FAILED: &str = "An internal API error occurred.";
const MISSING: &str = "POST body missing. Did you forget use body-parser middleware?";

/// What is wrong with the answer to a body.
pub fn check(body: &[u8], reply: &Reply) -> Result<(), String> {
    let body = String::from_utf8_lossy(body);
    let body = body.trim();
    // The real server hides what is wrong with the tasks and edges of a new flow.
    if reply.text.contains(FAILED) && !body.contains("create_flow") {
        return Err("the sandbox failed".to_owned());
    }
    let is_json = reply.content_type == "application/json; charset=utf-8";
    match reply.status {
        200 | 400 if is_json && reply.text.starts_with('[') => batch(body, reply),
        200 | 400 if is_json => answer(&reply.text, reply.status),
        400 if reply.text == "Variables are invalid JSON." => Ok(()),
        400 if serde_json::from_str::<&RawValue>(body).is_err() || !body.starts_with(['{', '[']) => Ok(()),
        500 if reply.text == MISSING && is_blank(body) => Ok(()),
        status => Err(format!("an answer of status {status} and type {}", reply.content_type)),
    }
}

fn is_blank(body: &str) -> bool {
    body.chars().all(|c| c.is_whitespace() || matches!(c, '{' | '}' | '[' | ']'))
}

fn batch(body: &str, reply: &Reply) -> Result<(), String> {
    let parse = |text| serde_json::from_str::<Vec<&RawValue>>(text).map_err(|error| error.to_string());
    let (asked, answered) = (parse(body)?, parse(&reply.text)?);
    if asked.len() != answered.len() || reply.status != 200 {
        return Err("a batch is answered in part".to_owned());
    }
    answered.iter().try_for_each(|text| {
        let status = if text.get().contains(r#""data":"#) { 200 } else { 400 };
        answer(text.get(), status)
    })
}

/// Executed, or refused as a whole, which is status 400.
fn answer(text: &str, status: u16) -> Result<(), String> {
    let answer: Answer<'_> = serde_json::from_str(text).map_err(|error| format!("no answer: {error}"))?;
    let errors = answer.errors.as_deref();
    if errors.is_some_and(<[_]>::is_empty) {
        return Err("errors that are none".to_owned());
    }
    for error in errors.unwrap_or_default() {
        let places = error.locations.iter().all(|place| place.line > 0 && place.column > 0);
        if error.message.is_empty() || error.extensions.code.is_empty() || !places {
            return Err("an error that says nothing".to_owned());
        }
        if (error.path.is_some(), error.extensions.exception.is_some()) != (status == 200, status == 200)
            && error.extensions.code != "PERSISTED_QUERY_NOT_FOUND"
        {
            return Err("an error of the wrong kind".to_owned());
        }
    }
    match (answer.data, errors) {
        (Some(data), None) if status == 200 && data.get().starts_with('{') => Ok(()),
        (Some(data), Some(_)) if status == 200 && (data.get() == "null" || data.get().starts_with('{')) => {
            Ok(())
        }
        (None, Some(_)) if status == 400 => Ok(()),
        (None, Some([error])) if error.extensions.code == "PERSISTED_QUERY_NOT_FOUND" => Ok(()),
        _ => Err("neither data nor errors as they should be".to_owned()),
    }
}
