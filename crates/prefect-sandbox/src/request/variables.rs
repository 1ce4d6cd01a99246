//! Variables of a request: checked against their declared types, with the text of scalars kept.
//!
//! JSON is never parsed into numbers on the way: `JSON` and `jsonb` values stay the text they came as.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use apollo_compiler::Schema;
use apollo_compiler::executable::{Operation, VariableDefinition};
use apollo_compiler::schema::{ExtendedType, InputObjectType, Type};
use serde_json::value::RawValue;

use super::arguments;
use super::diagnostics::RequestError;
use super::fields::{Fields, Key, fields};
use crate::value::Value;

/// The values of the declared variables that were given or have a default.
pub(crate) type Variables = HashMap<String, Value>;

/// The variables of a request as they arrived.
pub(crate) type RawVariables = BTreeMap<String, Box<RawValue>>;

/// Of input objects in each other, so that no request uses up the stack.
const MAX_DEPTH: usize = 100;

/// Where a value stands: nothing is written before there is an error to tell of.
#[derive(Clone, Copy)]
enum Place<'a> {
    Variable,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// graphql-js names the place only below the variable itself.
    fn at(self) -> String {
        if matches!(self, Self::Variable) { String::new() } else { format!(" at {self}") }
    }

    /// In how many objects it stands.
    fn depth(self) -> usize {
        match self {
            Self::Variable => 0,
            Self::Field(outer, _) => outer.depth() + 1,
            Self::Item(outer, _) => outer.depth(),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable => f.write_str("value"),
            Self::Field(outer, name) => write!(f, "{outer}.{name}"),
            Self::Item(outer, index) => write!(f, "{outer}[{index}]"),
        }
    }
}

pub(crate) fn coerce(
    schema: &Schema,
    operation: &Operation,
    given: &RawVariables,
) -> Result<Variables, Vec<RequestError>> {
    let mut values = Variables::new();
    let mut errors = Vec::new();
    for definition in &operation.variables {
        match variable(schema, definition, given) {
            Ok(Some(value)) => {
                values.insert(definition.name.to_string(), value);
            }
            Ok(None) => {}
            Err(message) => errors.push(RequestError::request(message)),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

fn variable(
    schema: &Schema,
    definition: &VariableDefinition,
    given: &RawVariables,
) -> Result<Option<Value>, String> {
    let (name, ty) = (&definition.name, &*definition.ty);
    let Some(raw) = given.get(name.as_str()) else {
        return match &definition.default_value {
            Some(default) => Ok(arguments::resolve(default, &Variables::new())),
            None if ty.is_non_null() => {
                Err(format!("Variable \"${name}\" of required type \"{ty}\" was not provided."))
            }
            None => Ok(None),
        };
    };
    if raw.get() == "null" && ty.is_non_null() {
        return Err(format!("Variable \"${name}\" of non-null type \"{ty}\" must not be null."));
    }
    coerce_value(schema, ty, raw, Place::Variable).map(Some).map_err(|reason| {
        format!("Variable \"${name}\" got invalid value {}; {reason}", shortened(raw.get()))
    })
}

fn shortened(text: &str) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A value of any input type.
fn coerce_value(schema: &Schema, ty: &Type, raw: &RawValue, place: Place<'_>) -> Result<Value, String> {
    let text = raw.get();
    if text == "null" {
        return if ty.is_non_null() {
            Err(format!("Expected non-nullable type {ty} not to be null{}.", place.at()))
        } else {
            Ok(Value::Null)
        };
    }
    match ty {
        Type::List(item) | Type::NonNullList(item) => list(schema, item, raw, place),
        Type::Named(name) | Type::NonNullNamed(name) => match schema.types.get(name) {
            Some(ExtendedType::InputObject(object)) => input_object(schema, object, raw, place),
            Some(ExtendedType::Enum(definition)) => match string(text) {
                Some(value) if definition.values.contains_key(value.as_str()) => Ok(Value::Enum(value)),
                _ => Err(format!("Expected type {name}{}.", place.at())),
            },
            _ => scalar(name, text).ok_or_else(|| scalar_error(name, text, place)),
        },
    }
}

fn list(schema: &Schema, item: &Type, raw: &RawValue, place: Place<'_>) -> Result<Value, String> {
    if !raw.get().starts_with('[') {
        return Ok(Value::List(vec![coerce_value(schema, item, raw, place)?]));
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    let items = items
        .into_iter()
        .enumerate()
        .map(|(index, raw)| coerce_value(schema, item, raw, Place::Item(&place, index)));
    items.collect::<Result<_, _>>().map(Value::List)
}

fn input_object(
    schema: &Schema,
    object: &InputObjectType,
    raw: &RawValue,
    place: Place<'_>,
) -> Result<Value, String> {
    let name = &object.name;
    if !raw.get().starts_with('{') {
        return Err(format!("Expected type {name} to be an object{}.", place.at()));
    }
    if place.depth() > MAX_DEPTH {
        return Err(format!("{name} is nested in more than {MAX_DEPTH} objects."));
    }
    let given = fields(raw.get()).map_err(|error| error.to_string())?;
    let mut fields = Vec::with_capacity(given.len());
    let mut given = in_order_of_definition(given, object).into_iter().peekable();
    for (index, (key, definition)) in object.fields.iter().enumerate() {
        let place = Place::Field(&place, key);
        match given.next_if(|field| field.index == Some(index)).map(|field| field.raw) {
            Some(raw) => fields.push((key.to_string(), coerce_value(schema, &definition.ty, raw, place)?)),
            None if definition.is_required() => {
                let ty = &definition.ty;
                return Err(format!("Field {place} of required type {ty} was not provided."));
            }
            None => fields.extend(definition.default_value.as_ref().and_then(|default| {
                Some((key.to_string(), arguments::resolve(default, &Variables::new())?))
            })),
        }
    }
    match given.next() {
        Some(Given { key, .. }) => {
            Err(format!("Field \"{}\" is not defined by type {name}{}.", key.as_str(), place.at()))
        }
        None => Ok(Value::Object(fields)),
    }
}

/// A field of an input object, as it was given.
struct Given<'a> {
    /// Its place in the definition; `None` if it is not in there.
    index: Option<usize>,
    key: Key<'a>,
    raw: &'a RawValue,
}

/// Those that are not defined come last.
fn in_order_of_definition<'a>(fields: Fields<'a>, object: &InputObjectType) -> Vec<Given<'a>> {
    let index = |key: &Key<'_>| object.fields.get_index_of(key.as_str());
    let given = fields.into_iter().map(|(key, raw)| Given { index: index(&key), key, raw });
    let mut given: Vec<_> = given.collect();
    given.sort_by_key(|field| field.index.unwrap_or(usize::MAX));
    given
}

/// `None` when a built-in scalar does not fit. Custom scalars are not checked here, as on the real gateway.
fn scalar(name: &str, text: &str) -> Option<Value> {
    match name {
        "Int" => text.parse::<i32>().ok().map(|_| Value::Number(text.to_owned())),
        "Float" => is_number(text).then(|| Value::Number(text.to_owned())),
        "Boolean" => text.parse().ok().map(Value::Bool),
        "String" => string(text).map(Value::String),
        "ID" if is_number(text) => Some(Value::String(text.to_owned())),
        "ID" => string(text).map(Value::String),
        "JSON" | "jsonb" => Some(Value::Json(text.to_owned())),
        _ => Some(custom(text)),
    }
}

fn custom(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        number if is_number(number) => Value::Number(number.to_owned()),
        other => string(other).map_or_else(|| Value::Json(other.to_owned()), Value::String),
    }
}

fn scalar_error(name: &str, text: &str, place: Place<'_>) -> String {
    let text = shortened(text);
    let problem = match name {
        "Int" => "Int cannot represent non-integer value",
        "Float" => "Float cannot represent non numeric value",
        "Boolean" => "Boolean cannot represent a non boolean value",
        "String" => "String cannot represent a non string value",
        _ => "it cannot represent value",
    };
    format!("Expected type {name}{}; {problem}: {text}", place.at())
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}
