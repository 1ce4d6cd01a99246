//! The shape of answers: `errors` first and only when there are some, as Apollo Server 2 writes them.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::parser::LineColumn;
use serde::Serialize;

use crate::error::FieldError;
use crate::request::diagnostics::RequestError;
use crate::request::selection::Selected;

/// A root field that could not be resolved.
#[derive(Serialize)]
pub(super) struct Failure {
    message: String,
    locations: Vec<LineColumn>,
    path: [String; 1],
    extensions: Extensions,
}

#[derive(Serialize)]
struct Extensions {
    code: &'static str,
    exception: Exception,
}

#[derive(Serialize)]
struct Exception {
    message: String,
}

#[derive(Serialize)]
struct Refusal<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    locations: &'a [LineColumn],
    extensions: Code,
}

#[derive(Serialize)]
struct Code {
    code: &'static str,
}

impl Failure {
    pub(super) fn new(error: FieldError, selected: &Selected<'_>, document: &ExecutableDocument) -> Self {
        let location = selected.field().line_column_range(&document.sources).map(|range| range.start);
        Self {
            locations: location.into_iter().collect(),
            path: [selected.key.to_owned()],
            extensions: Extensions {
                code: error.code,
                exception: Exception { message: error.message.clone() },
            },
            message: error.message,
        }
    }
}

/// The whole answer of an executed operation; `data` is JSON text.
pub(super) fn answer(failures: &[Failure], data: &str) -> String {
    if failures.is_empty() {
        return format!("{{\"data\":{data}}}\n");
    }
    format!("{{\"errors\":{},\"data\":{data}}}\n", json(failures))
}

/// The whole answer of a request that was refused: no `data`.
pub(crate) fn refusals(errors: &[RequestError]) -> String {
    let errors: Vec<Refusal<'_>> = errors
        .iter()
        .map(|error| Refusal {
            message: &error.message,
            locations: &error.locations,
            extensions: Code { code: error.code },
        })
        .collect();
    format!("{{\"errors\":{}}}\n", json(&errors))
}

pub(crate) fn refusal(error: &RequestError) -> String {
    refusals(std::slice::from_ref(error))
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "[]".to_owned())
}
