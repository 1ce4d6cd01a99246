//! Errors that refuse a whole request, worded as graphql-js 14 words them where that is possible.

use apollo_compiler::Schema;
use apollo_compiler::parser::LineColumn;
use apollo_compiler::validation::DiagnosticList;

pub(crate) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
pub(crate) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
pub(crate) const INTERNAL: &str = "INTERNAL_SERVER_ERROR";

const NO_SUBFIELDS: &str = "Field must have a selection of subfields.";

/// One reason why a request was refused before anything of it was executed.
#[derive(Debug)]
pub(crate) struct RequestError {
    pub(crate) message: String,
    pub(crate) locations: Vec<LineColumn>,
    pub(crate) code: &'static str,
}

impl RequestError {
    /// A bad variable, or an operation that is not there.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self { message: message.into(), locations: Vec::new(), code: INTERNAL }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self { message: message.into(), locations: Vec::new(), code: VALIDATION_FAILED }
    }
}

/// All findings; the first syntax error alone if there is one, as graphql-js stops there.
///
/// apollo-compiler drops a field that the schema does not have, and then misses what stood in it: these
/// further findings are left out.
pub(crate) fn list(schema: &Schema, diagnostics: &DiagnosticList) -> Vec<RequestError> {
    let mut syntax = Vec::new();
    let mut validation = Vec::new();
    for diagnostic in diagnostics.iter() {
        let message = diagnostic.error.to_string();
        let locations = diagnostic.line_column_range().map(|range| range.start).into_iter().collect();
        match message.strip_prefix("syntax error: ") {
            Some(rest) => syntax.push(RequestError {
                message: format!("Syntax Error: {rest}"),
                locations,
                code: PARSE_FAILED,
            }),
            None => validation.push(RequestError {
                message: reword(schema, &message),
                locations,
                code: VALIDATION_FAILED,
            }),
        }
    }
    if validation.iter().any(|error| error.message.starts_with("Cannot query field")) {
        validation
            .retain(|error| error.message != NO_SUBFIELDS && !error.message.ends_with("is never used."));
    }
    syntax.truncate(1);
    if syntax.is_empty() { validation } else { syntax }
}

/// The names of a message stand between backticks, so splitting there gives a pattern and its names.
fn reword(schema: &Schema, message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    match parts.as_slice() {
        ["type ", ty, " does not have a field ", field, ""] => {
            format!("Cannot query field \"{field}\" on type \"{ty}\".")
        }
        ["the argument ", name, " is not supported by ", coordinate, ""] => {
            let (ty, field) = split_coordinate(coordinate);
            format!("Unknown argument \"{name}\" on field \"{field}\" of type \"{ty}\".")
        }
        ["cannot find type ", name, " in this document"] => format!("Unknown type \"{name}\"."),
        ["cannot find fragment ", name, " in this document"] => format!("Unknown fragment \"{name}\"."),
        ["cannot find directive ", name, " in this document"] => {
            format!("Unknown directive \"{}\".", name.trim_start_matches('@'))
        }
        ["variable ", name, " is not defined"] => format!("Variable \"{name}\" is not defined."),
        ["unused variable: ", name, ""] => format!("Variable \"{name}\" is never used."),
        ["value ", value, " does not exist on ", ty, ""] => format!("Expected type {ty}, found {value}."),
        ["field ", field, " does not exist on ", ty, ""] => {
            format!("Field \"{field}\" is not defined by type {ty}.")
        }
        ["the required argument ", coordinate, " is not provided"] => required(schema, coordinate),
        ["the required field ", coordinate, " is not provided"] => {
            format!("Field {coordinate} of required type was not provided.")
        }
        ["field selection of scalar type ", ty, " must not have subselections"] => {
            format!("Field must not have a selection since type \"{ty}\" has no subfields.")
        }
        ["interface, union and object types must have a subselection set"] => NO_SUBFIELDS.to_owned(),
        ["fragment ", name, " must be used in an operation"] => {
            format!("Fragment \"{name}\" is never used.")
        }
        _ => message.to_owned(),
    }
}

/// `Query.flow(x:)` is type `Query`, field `flow`.
fn split_coordinate(coordinate: &str) -> (&str, &str) {
    let (ty, rest) = coordinate.split_once('.').unwrap_or(("", coordinate));
    (ty, rest.split_once('(').map_or(rest, |(field, _)| field))
}

fn required(schema: &Schema, coordinate: &str) -> String {
    let (ty, field) = split_coordinate(coordinate);
    let argument = coordinate.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches([':', ')']));
    let declared = schema
        .type_field(ty, field)
        .ok()
        .and_then(|field| field.argument_by_name(argument).map(|argument| argument.ty.to_string()))
        .unwrap_or_default();
    format!(
        "Field \"{field}\" argument \"{argument}\" of type \"{declared}\" is required, but it was not provided."
    )
}
