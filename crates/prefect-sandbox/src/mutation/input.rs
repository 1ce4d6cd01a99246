//! Reading a mutation's input. A null field is an absent one.

use uuid::Uuid;

use crate::error::FieldError;
use crate::value::Value;

#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(&'a Value);

impl<'a> Input<'a> {
    /// The `input` argument of a mutation field.
    pub(crate) fn of(arguments: &'a Value) -> Self {
        Self(arguments.get("input").unwrap_or(&Value::Null))
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A text that the schema requires.
    pub(crate) fn required(self, name: &str) -> Result<&'a str, FieldError> {
        self.text(name).ok_or_else(|| FieldError::new(format!("{name} must be given")))
    }

    /// A uuid in the form in which it is stored. The gateway lets malformed ones through to here.
    pub(crate) fn uuid(self, name: &str) -> Result<Option<String>, FieldError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        match value.as_str().and_then(|text| text.parse::<Uuid>().ok()) {
            Some(id) => Ok(Some(id.hyphenated().to_string())),
            None => Err(FieldError::new(format!(
                "Variable '$input' got invalid value {} at 'input.{name}'; \
                 Expected type UUID. badly formed hexadecimal UUID string",
                value.to_json()
            ))),
        }
    }

    pub(crate) fn required_uuid(self, name: &str) -> Result<String, FieldError> {
        self.uuid(name)?.ok_or_else(|| FieldError::new(format!("{name} must be given")))
    }

    /// JSON, exactly as it was given.
    pub(crate) fn json(self, name: &str) -> Option<String> {
        self.0.get(name).map(Value::to_json)
    }

    pub(crate) fn texts(self, name: &str) -> Option<Vec<String>> {
        let values = self.0.get(name)?.as_list();
        Some(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
    }

    pub(crate) fn inputs(self, name: &str) -> impl Iterator<Item = Input<'a>> {
        self.0.get(name).map(Value::as_list).unwrap_or_default().iter().map(Input)
    }
}
