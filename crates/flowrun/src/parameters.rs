//! The `--param NAME=JSON` options, and the object they make.

use std::str::FromStr;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// One parameter. The value is the JSON that was given, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    value: Box<RawValue>,
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=JSON, like greeting=hello")?;
        if name.is_empty() {
            return Err("the name before the = is empty".to_owned());
        }
        let value = json(value).map_err(|error| format!("the value of {name} is not JSON: {error}"))?;
        Ok(Self { name: name.to_owned(), value })
    }
}

/// `text` as JSON; as a string, when it is not JSON and does not begin like any that needs an end.
fn json(text: &str) -> Result<Box<RawValue>, serde_json::Error> {
    let text = text.trim();
    match RawValue::from_string(text.to_owned()) {
        Err(_) if !text.starts_with(['{', '[', '"']) => serde_json::value::to_raw_value(text),
        outcome => outcome,
    }
}

/// The parameters as one object.
pub(crate) struct Object<'a>(&'a [Parameter]);

impl<'a> Object<'a> {
    /// The object of all `parameters`; the name of one that was given twice otherwise.
    pub(crate) fn new(parameters: &'a [Parameter]) -> Result<Self, &'a str> {
        let mut names = std::collections::BTreeSet::new();
        match parameters.iter().find(|parameter| !names.insert(&parameter.name)) {
            Some(twice) => Err(&twice.name),
            None => Ok(Self(parameters)),
        }
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for parameter in self.0 {
            map.serialize_entry(&parameter.name, &parameter.value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(texts: &[&str]) -> String {
        let parameters: Vec<Parameter> = texts.iter().map(|text| text.parse().unwrap()).collect();
        serde_json::to_string(&Object::new(&parameters).unwrap()).unwrap()
    }

    #[test]
    fn values_are_json_and_bare_words_are_strings() {
        assert_eq!(object(&[]), "{}");
        assert_eq!(object(&["name=Ada", "n=5", "x= true "]), r#"{"name":"Ada","n":5,"x":true}"#);
        assert_eq!(object(&[r#"a={"b":[1.10]}"#, "eq=a=b", "e="]), r#"{"a":{"b":[1.10]},"eq":"a=b","e":""}"#);
        assert_eq!(
            object(&["big=12345678901234567890123", "s=\"5\""]),
            r#"{"big":12345678901234567890123,"s":"5"}"#
        );
        assert_eq!(object(&["words=two words 👋"]), r#"{"words":"two words 👋"}"#);
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["name", "=5", "a={\"b\"", "a=[1", "a=\"open"] {
            assert!(text.parse::<Parameter>().is_err(), "{text}");
        }
        let twice: Vec<Parameter> = ["a=1", "a=2"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(Object::new(&twice).err(), Some("a"));
    }
}
