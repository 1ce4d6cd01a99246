//! Reading a mutation's input. A null field is an absent one.

use uuid::Uuid;

use crate::error::FieldError;
use crate::sender::Sender;
use crate::time;
use crate::value::Value;

#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    fields: &'a Value,
    sender: &'a Sender,
}

impl<'a> Input<'a> {
    /// The `input` argument of a field, or its arguments when there is none of that name.
    pub(crate) fn of(arguments: &'a Value, sender: &'a Sender) -> Self {
        Self { fields: arguments.get("input").unwrap_or(arguments), sender }
    }

    /// Who asks.
    pub(crate) fn sender(self) -> &'a Sender {
        self.sender
    }

    /// Whether a field was given as null, which a few rules tell from an absent one.
    pub(crate) fn is_null(self, name: &str) -> bool {
        self.fields.as_object().iter().any(|(key, value)| key == name && value.is_null())
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    /// A text that the schema requires.
    pub(crate) fn required(self, name: &str) -> Result<&'a str, FieldError> {
        self.text(name).ok_or_else(|| FieldError::new(format!("{name} must be given")))
    }

    /// A uuid in the form in which it is stored. The gateway lets malformed ones through to here.
    pub(crate) fn uuid(self, name: &str) -> Result<Option<String>, FieldError> {
        let Some(value) = self.fields.get(name) else { return Ok(None) };
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
        self.fields.get(name).map(Value::to_json)
    }

    pub(crate) fn texts(self, name: &str) -> Option<Vec<String>> {
        let values = self.fields.get(name)?.as_list();
        Some(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
    }

    pub(crate) fn inputs(self, name: &str) -> impl Iterator<Item = Input<'a>> {
        self.fields
            .get(name)
            .map(Value::as_list)
            .unwrap_or_default()
            .iter()
            .map(move |fields| Input { fields, ..self })
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        match self.fields.get(name)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn integer(self, name: &str) -> Option<i64> {
        match self.fields.get(name)? {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A timestamp in the form in which it is stored. The gateway lets malformed ones through to here.
    pub(crate) fn time(self, name: &str) -> Result<Option<String>, FieldError> {
        let Some(value) = self.fields.get(name) else { return Ok(None) };
        let time = value.as_str().and_then(time::normalise);
        time.map(Some).ok_or_else(|| {
            FieldError::new(format!("Invalid {name}: {} is not a date and time", value.to_json()))
        })
    }
}
