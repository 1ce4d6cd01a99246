//! `__schema` and `__type`, answered by apollo-compiler. Costs milliseconds: keep it off the database thread.

use std::collections::HashMap;

use apollo_compiler::executable::Operation;
use apollo_compiler::introspection;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;

use crate::request::diagnostics::RequestError;
use crate::request::documents::{Document, Documents};
use crate::request::variables::RawVariables;

/// Response key → JSON text.
pub(crate) type Introspected = HashMap<String, String>;

/// Whether there is anything to introspect.
pub(crate) fn is_asked(document: &Document, operation: &Operation) -> bool {
    operation.is_query()
        && operation.root_fields(document).any(|field| matches!(&*field.name, "__schema" | "__type"))
}

pub(crate) fn introspect(
    documents: &Documents,
    document: &Document,
    operation: &Operation,
    given: &RawVariables,
) -> Result<Introspected, RequestError> {
    let refused =
        |error: apollo_compiler::request::RequestError| RequestError::request(error.message().to_string());
    let variables: JsonMap = serde_json::to_string(given)
        .and_then(|text| serde_json::from_str(&text))
        .map_err(|error| RequestError::request(error.to_string()))?;
    let variables = coerce_variable_values(&documents.schema, operation, &variables).map_err(refused)?;
    let answer = introspection::partial_execute(
        &documents.schema,
        &documents.implementers,
        document,
        operation,
        &variables,
    )
    .map_err(refused)?;
    let data = answer.data.unwrap_or_default();
    Ok(data.iter().map(|(key, value)| (key.as_str().to_owned(), value.to_string())).collect())
}
