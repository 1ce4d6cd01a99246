//! The parameters of a run: a JSON object, serialised once and kept as text.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use prefect_schema::Json;
use serde::Serialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::{JsonObject, JsonObjectError};

/// The parameters of a flow run. Cheap to clone; `Debug` shows the names and no values.
#[derive(Clone)]
pub struct Parameters {
    object: JsonObject,
    names: Arc<BTreeSet<String>>,
}

/// What errors call them.
const WHAT: &str = "the parameters";

impl Parameters {
    /// Serialises `value`: a map, a struct, or JSON made with `serde_json::json!`.
    ///
    /// # Errors
    /// When `value` does not serialise to a JSON object.
    pub fn new(value: &(impl Serialize + ?Sized)) -> Result<Self, JsonObjectError> {
        Self::from_object(JsonObject::of(WHAT, value)?)
    }

    /// Takes a text that is a JSON object; it reaches the server byte for byte.
    ///
    /// # Errors
    /// When `text` is not a JSON object.
    pub fn from_text(text: impl Into<String>) -> Result<Self, JsonObjectError> {
        Self::from_object(JsonObject::from_json(WHAT, Json::from_text(text).map_err(no_json)?)?)
    }

    fn from_object(object: JsonObject) -> Result<Self, JsonObjectError> {
        let names = names(object.get()).map_err(no_json)?;
        Ok(Self { object, names: Arc::new(names) })
    }

    /// The JSON text.
    pub fn get(&self) -> &str {
        self.object.get()
    }

    pub(crate) fn json(&self) -> &Json {
        self.object.json()
    }

    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }
}

fn no_json(source: serde_json::Error) -> JsonObjectError {
    JsonObjectError::Json { what: WHAT, source }
}

/// As the JSON they are, unchanged.
impl Serialize for Parameters {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
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
        insta::assert_snapshot!(Parameters::new(&[1, 2]).unwrap_err(), @"the parameters must be an object of names and values, not [1,2]");
        insta::assert_snapshot!(Parameters::new(&None::<i32>).unwrap_err(), @"the parameters must be an object of names and values, not null");
        insta::assert_snapshot!(Parameters::from_text("{name: 1}").unwrap_err(), @"the parameters cannot be written as JSON: key must be a string at line 1 column 2");
    }

    #[test]
    fn deep_values_are_not_descended_into() {
        let text = format!("{{\"deep\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Parameters::from_text(text.clone()).unwrap().get(), text);
    }

    use proptest::prelude::*;
    use serde_json::Value;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_object_keeps_its_text_and_tells_its_names(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            let parameters = Parameters::from_text(text.clone());
            match value {
                Value::Object(map) => {
                    let parameters = parameters.unwrap();
                    prop_assert_eq!(parameters.get(), &text);
                    prop_assert_eq!(serde_json::to_string(&parameters).unwrap(), text);
                    prop_assert!(parameters.names().iter().eq(map.keys().collect::<BTreeSet<_>>()));
                }
                _ => prop_assert!(parameters.is_err()),
            }
        }
    }
}
