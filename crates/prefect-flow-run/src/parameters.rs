//! The parameters of a run: a JSON object, serialised once and kept as text.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use prefect_schema::Json;
use serde::Serialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::flow::DeclaredParameter;

/// The parameters of a flow run. Cheap to clone; `Debug` shows the names and no values.
#[derive(Clone)]
pub struct Parameters {
    json: Arc<Json>,
    names: Arc<BTreeSet<String>>,
}

/// Why a value cannot be a run's parameters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParametersError {
    /// The value is not a JSON object.
    #[error("parameters must be an object of names and values, not {found}")]
    NotAnObject {
        /// What the value begins like, in a few characters.
        found: String,
    },
    /// The value, or the text, is no JSON.
    #[error("the parameters cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Parameters that do not fit the flow's declaration; found before anything is scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParameterMismatch {
    /// The flow's name.
    pub flow_name: String,
    /// Required parameters without a value.
    pub missing: Vec<String>,
    /// Given parameters that the flow does not declare.
    pub undeclared: Vec<String>,
    /// What the flow declares.
    pub declared: Vec<DeclaredParameter>,
}

impl Parameters {
    /// Serialises `value`: a map, a struct, or JSON made with `serde_json::json!`.
    ///
    /// # Errors
    /// When `value` does not serialise to a JSON object.
    pub fn new(value: &(impl Serialize + ?Sized)) -> Result<Self, ParametersError> {
        Self::from_json(Json::new(value)?)
    }

    /// Takes a text that is a JSON object; it reaches the server byte for byte.
    ///
    /// # Errors
    /// When `text` is not a JSON object.
    pub fn from_text(text: impl Into<String>) -> Result<Self, ParametersError> {
        Self::from_json(Json::from_text(text)?)
    }

    fn from_json(json: Json) -> Result<Self, ParametersError> {
        let text = json.get();
        if !text.starts_with('{') {
            return Err(ParametersError::NotAnObject { found: text.chars().take(20).collect() });
        }
        let names = names(text)?;
        Ok(Self { json: Arc::new(json), names: Arc::new(names) })
    }

    /// The JSON text.
    pub fn get(&self) -> &str {
        self.json.get()
    }

    pub(crate) fn json(&self) -> &Json {
        &self.json
    }

    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }
}

/// As the JSON they are, unchanged.
impl Serialize for Parameters {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parameters").field(&self.names).finish()
    }
}

/// The names in the text of a JSON object; the values are skipped.
pub(crate) fn names(object: &str) -> Result<BTreeSet<String>, serde_json::Error> {
    struct Names;

    impl<'de> Visitor<'de> for Names {
        type Value = BTreeSet<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut names = BTreeSet::new();
            while let Some((name, IgnoredAny)) = map.next_entry()? {
                names.insert(name);
            }
            Ok(names)
        }
    }

    serde_json::Deserializer::from_str(object).deserialize_map(Names)
}

impl fmt::Display for ParameterMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameters do not fit the flow {:?}:", self.flow_name)?;
        if !self.missing.is_empty() {
            write!(f, " required but not given: {};", self.missing.join(", "))?;
        }
        if !self.undeclared.is_empty() {
            write!(f, " given but not declared: {};", self.undeclared.join(", "))?;
        }
        let declared: Vec<_> = self.declared.iter().map(ToString::to_string).collect();
        match declared.as_slice() {
            [] => f.write_str(" it declares none"),
            declared => write!(f, " it declares {}", declared.join(", ")),
        }
    }
}

impl std::error::Error for ParameterMismatch {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_taken_as_they_are() {
        #[derive(Serialize)]
        struct Typed<'a> {
            name: &'a str,
        }
        assert_eq!(Parameters::new(&Typed { name: "Ada" }).unwrap().get(), r#"{"name":"Ada"}"#);
        let text = r#"{ "b": 1.10, "a": 1e400, "n": 12345678901234567890123 }"#;
        let parameters = Parameters::from_text(text).unwrap();
        assert_eq!(parameters.get(), text);
        assert_eq!(format!("{parameters:?}"), r#"Parameters({"a", "b", "n"})"#);
    }

    #[test]
    fn anything_else_is_refused() {
        insta::assert_snapshot!(Parameters::new(&[1, 2]).unwrap_err(), @"parameters must be an object of names and values, not [1,2]");
        insta::assert_snapshot!(Parameters::new(&None::<i32>).unwrap_err(), @"parameters must be an object of names and values, not null");
        insta::assert_snapshot!(Parameters::from_text("{name: 1}").unwrap_err(), @"the parameters cannot be written as JSON: key must be a string at line 1 column 2");
    }

    #[test]
    fn deep_values_are_not_descended_into() {
        let text = format!("{{\"deep\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Parameters::from_text(text.clone()).unwrap().get(), text);
    }
}
