//! Values that travel between GraphQL and the database, with the text of numbers and JSON kept as given.
//!
//! Nothing here knows the schema: coercion is in `request`, comparison in `query`.

use std::fmt::Write as _;

/// An argument that was given, or a payload that is answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// The number as it was written: `1e400` and `9007199254740993` stay what they are.
    Number(String),
    String(String),
    /// An enum literal; an enum that came as a variable is a `String`.
    Enum(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
    /// JSON text, exactly as it was given.
    Json(String),
}

impl Value {
    pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a string or an enum value.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Enum(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; any other value is a list of itself, as GraphQL coerces it.
    pub(crate) fn as_list(&self) -> &[Value] {
        match self {
            Self::List(values) => values,
            other => std::slice::from_ref(other),
        }
    }

    pub(crate) fn as_object(&self) -> &[(String, Value)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// A field of an object; `None` when it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.as_object().iter().find(|(key, value)| key == name && !value.is_null()).map(|(_, value)| value)
    }

    pub(crate) fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => {
                let _ = write!(out, "{value}");
            }
            Self::Number(text) | Self::Json(text) => out.push_str(text),
            Self::String(text) | Self::Enum(text) => out.push_str(&json_string(text)),
            Self::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    value.write_json(out);
                }
                out.push(']');
            }
            Self::Object(fields) => write_object(fields, out),
        }
    }
}

fn write_object(fields: &[(String, Value)], out: &mut String) {
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&json_string(name));
        out.push(':');
        value.write_json(out);
    }
    out.push('}');
}

/// A JSON string literal.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
