//! Argument literals to values, with the variables put in.

use std::borrow::Cow;

use apollo_compiler::Node;
use apollo_compiler::ast;
use apollo_compiler::executable::Field;

use super::variables::Variables;
use crate::value::Value;

/// The arguments of a field, each made a value when it is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a> {
    pub(crate) field: &'a Field,
    pub(crate) variables: &'a Variables,
}

impl<'a> Arguments<'a> {
    /// `None` when it is absent or null.
    pub(crate) fn get(self, name: &str) -> Option<Cow<'a, Value>> {
        let argument = self.field.arguments.iter().find(|argument| argument.name == name)?;
        let value = match &*argument.value {
            ast::Value::Variable(name) => Cow::Borrowed(self.variables.get(name.as_str())?),
            literal => Cow::Owned(resolve(literal, self.variables)?),
        };
        (!value.is_null()).then_some(value)
    }
}

/// The arguments of a field as one object. An argument whose variable was not given is absent.
pub(crate) fn arguments(field: &Field, variables: &Variables) -> Value {
    let given = field
        .arguments
        .iter()
        .filter_map(|argument| Some((argument.name.to_string(), resolve(&argument.value, variables)?)));
    Value::Object(given.collect())
}

/// `None` for a variable that was not given and has no default.
pub(crate) fn resolve(literal: &ast::Value, variables: &Variables) -> Option<Value> {
    Some(match literal {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => Value::Enum(name.to_string()),
        ast::Value::Variable(name) => variables.get(name.as_str())?.clone(),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Float(number) => Value::Number(number.as_str().to_owned()),
        ast::Value::Int(number) => Value::Number(number.as_str().to_owned()),
        ast::Value::Boolean(value) => Value::Bool(*value),
        ast::Value::List(values) => Value::List(elements(values, variables)),
        ast::Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), resolve(value, variables)?)))
                .collect(),
        ),
    })
}

/// In a list a variable that was not given is null.
fn elements(values: &[Node<ast::Value>], variables: &Variables) -> Vec<Value> {
    values.iter().map(|value| resolve(value, variables).unwrap_or(Value::Null)).collect()
}
