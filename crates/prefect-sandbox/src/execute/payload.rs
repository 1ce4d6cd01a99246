//! What a selection shows of a mutation's payload.

use crate::request::selection::Selected;
use crate::value::{Value, json_string};

use super::Scope;

pub(super) fn project(value: &Value, ty: &str, selected: &[Selected<'_>], scope: Scope<'_>) -> String {
    match value {
        Value::Object(_) if !selected.is_empty() => object(value, ty, selected, scope),
        Value::List(values) => {
            let values: Vec<String> =
                values.iter().map(|value| project(value, ty, selected, scope)).collect();
            format!("[{}]", values.join(","))
        }
        leaf => leaf.to_json(),
    }
}

fn object(value: &Value, ty: &str, selected: &[Selected<'_>], scope: Scope<'_>) -> String {
    let mut parts = Vec::with_capacity(selected.len());
    for selected in selected {
        let Some(field) = selected.field() else { continue };
        let text = if field.name == "__typename" {
            json_string(ty)
        } else {
            let below = selected.below(scope.document, scope.variables);
            let value = value.get(&field.name).unwrap_or(&Value::Null);
            project(value, field.ty().inner_named_type(), &below, scope)
        };
        parts.push(format!("{}:{text}", json_string(selected.key)));
    }
    format!("{{{}}}", parts.join(","))
}
