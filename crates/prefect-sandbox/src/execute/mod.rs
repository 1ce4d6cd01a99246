//! An operation to its answer: one root field after the other, each on its own.

pub(crate) mod introspection;
mod payload;
mod response;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Operation};

use self::introspection::Introspected;
use self::payload::project;
use self::response::{Failure, answer};
pub(crate) use self::response::{refusal, refusals};
use crate::catalog::Catalog;
use crate::cloud::{self, Access};
use crate::error::FieldError;
use crate::lookup;
use crate::mutation::{self, Input, Resolver};
use crate::query::{self, Root};
use crate::request::arguments::arguments;
use crate::request::selection::{Selected, selected};
use crate::request::variables::Variables;
use crate::sender::Sender;
use crate::store::Db;
use crate::value::json_string;

/// What every part of one operation sees.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) document: &'a ExecutableDocument,
    pub(crate) variables: &'a Variables,
    pub(crate) sender: &'a Sender,
    pub(crate) access: &'a Access,
}

/// Executes an operation; the answer is the response's JSON text.
pub(crate) fn execute(
    db: &mut Db,
    scope: Scope<'_>,
    operation: &Operation,
    introspected: &Introspected,
) -> String {
    let mut data = String::from("{");
    let mut failures = Vec::new();
    let mut data_is_null = false;
    for selected in selected(&operation.selection_set, scope.document, scope.variables) {
        let text = match resolve(db, scope, operation, &selected, introspected) {
            Ok(text) => text,
            Err(error) => {
                failures.push(Failure::new(error, &selected, scope.document));
                data_is_null |= selected.field().ty().is_non_null();
                "null".to_owned()
            }
        };
        if data.len() > 1 {
            data.push(',');
        }
        data.push_str(&json_string(selected.key));
        data.push(':');
        data.push_str(&text);
    }
    data.push('}');
    answer(&failures, if data_is_null { "null" } else { &data })
}

fn resolve(
    db: &mut Db,
    scope: Scope<'_>,
    operation: &Operation,
    selected: &Selected<'_>,
    introspected: &Introspected,
) -> Result<String, FieldError> {
    let field = selected.field();
    if field.name == "__typename" {
        return Ok(json_string(operation.object_type()));
    }
    if field.name.starts_with("__") {
        return Ok(introspected.get(selected.key).cloned().unwrap_or_else(|| "null".to_owned()));
    }
    scope.access.check(&field.name)?;
    if operation.is_mutation() {
        return mutate(db, scope, field, selected);
    }
    if operation.is_query()
        && let Some(caller) = scope.access.caller()
        && let Some(answer) = cloud::query(&field.name, caller, &db.conn)
    {
        return Ok(project(&answer?, field, selected, scope));
    }
    if let Some(resolver) = lookup::find(&field.name).filter(|_| operation.is_query()) {
        return call(db, scope, field, selected, resolver);
    }
    if operation.is_query() && field.name == "hello" {
        return Ok(json_string("👋"));
    }
    match Root::find(scope.catalog, &field.name) {
        Some(root) if operation.is_query() => query::resolve(&db.conn, scope, root, selected),
        _ => Err(FieldError::not_served(&field.name)),
    }
}

fn mutate(
    db: &mut Db,
    scope: Scope<'_>,
    field: &Field,
    selected: &Selected<'_>,
) -> Result<String, FieldError> {
    if let Some(caller) = scope.access.caller() {
        let arguments = arguments(field, scope.variables);
        if let Some(payload) = cloud::mutation(&field.name, caller, Input::of(&arguments, scope.sender)) {
            return Ok(project(&payload?, field, selected, scope));
        }
    }
    let resolver = mutation::find(&field.name).ok_or_else(|| FieldError::not_served(&field.name))?;
    call(db, scope, field, selected, resolver)
}

fn call(
    db: &mut Db,
    scope: Scope<'_>,
    field: &Field,
    selected: &Selected<'_>,
    resolver: Resolver,
) -> Result<String, FieldError> {
    let mut arguments = arguments(field, scope.variables);
    if let Some(caller) = scope.access.caller() {
        arguments = cloud::confined(&field.name, arguments, caller, scope.catalog, &db.conn)?;
    }
    let payload = resolver(db, Input::of(&arguments, scope.sender))?;
    Ok(project(&payload, field, selected, scope))
}
