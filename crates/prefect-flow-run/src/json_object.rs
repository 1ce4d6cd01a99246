//! A JSON object, serialised once and kept as text.

use std::fmt;
use std::sync::Arc;

use prefect_schema::Json;
use serde::Serialize;

use crate::parameters::names;

/// A JSON object kept as the text it was made of. Cheap to clone; `Debug` shows the names and no values.
#[derive(Clone)]
pub struct JsonObject(Arc<Json>);

/// Why a value cannot be sent as a JSON object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonObjectError {
    /// The value is JSON, and not an object.
    #[error("{what} must be an object of names and values, not {found}")]
    NotAnObject {
        /// What was to be made of it.
        what: &'static str,
        /// What the value begins like, in a few characters.
        found: String,
    },
    /// The value, or the text, is no JSON.
    #[error("{what} cannot be written as JSON: {source}")]
    Json {
        /// What was to be made of it.
        what: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
}

impl JsonObject {
    /// Serialises `value`: a map, a struct, or JSON made with `serde_json::json!`.
    ///
    /// # Errors
    /// When `value` does not serialise to a JSON object.
    pub fn new(value: &(impl Serialize + ?Sized)) -> Result<Self, JsonObjectError> {
        Self::of("the value", value)
    }

    /// As [`new`](Self::new), for what an error calls `what`.
    pub(crate) fn of(what: &'static str, value: &(impl Serialize + ?Sized)) -> Result<Self, JsonObjectError> {
        Self::from_json(what, Json::new(value).map_err(|source| JsonObjectError::Json { what, source })?)
    }

    pub(crate) fn from_json(what: &'static str, json: Json) -> Result<Self, JsonObjectError> {
        let text = json.get();
        if !text.starts_with('{') {
            return Err(JsonObjectError::NotAnObject { what, found: text.chars().take(20).collect() });
        }
        Ok(Self(Arc::new(json)))
    }

    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    pub(crate) fn json(&self) -> &Json {
        &self.0
    }
}

/// As the JSON it is, unchanged.
impl Serialize for JsonObject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonObject").field(&names(self.get()).unwrap_or_default()).finish()
    }
}
