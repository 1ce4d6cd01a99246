//! What a selection shows of a mutation's payload.

use apollo_compiler::executable::Field;

use crate::request::selection::Selected;
use crate::value::{Value, json_string};

use super::Scope;

/// A value without a selection set is JSON, and answered whole; one whose fields are all skipped is not.
pub(super) fn project(value: &Value, field: &Field, selected: &Selected<'_>, scope: Scope<'_>) -> String {
    if selected.is_leaf() {
        return value.to_json();
    }
    let below = selected.below(scope.document, scope.variables);
    objects(value, field.ty().inner_named_type(), &below, scope)
}

fn objects(value: &Value, ty: &str, selected: &[Selected<'_>], scope: Scope<'_>) -> String {
    match value {
        Value::Object(_) => object(value, ty, selected, scope),
        Value::List(values) => {
            let values: Vec<String> =
                values.iter().map(|value| objects(value, ty, selected, scope)).collect();
            format!("[{}]", values.join(","))
        }
        leaf => leaf.to_json(),
    }
}

fn object(value: &Value, ty: &str, selected: &[Selected<'_>], scope: Scope<'_>) -> String {
    let mut parts = Vec::with_capacity(selected.len());
    for selected in selected {
        let field = selected.field();
        let text = if field.name == "__typename" {
            json_string(ty)
        } else {
            let value = value.get(&field.name).unwrap_or(&Value::Null);
            project(value, field, selected, scope)
        };
        parts.push(format!("{}:{text}", json_string(selected.key)));
    }
    format!("{{{}}}", parts.join(","))
}
