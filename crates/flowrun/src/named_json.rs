//! Options of the form NAME=JSON, and the object they make.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde_json::value::RawValue;

/// An object of JSON values that are kept as they were given, byte for byte.
pub(crate) type Object = BTreeMap<String, Box<RawValue>>;

/// A name and its value: the JSON that was given, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct NamedJson {
    name: String,
    value: Box<RawValue>,
}

impl FromStr for NamedJson {
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

/// `text` as JSON; as a string with all its blanks, when it is not JSON and does not begin like any that
/// needs an end.
fn json(text: &str) -> Result<Box<RawValue>, serde_json::Error> {
    // The blanks that may stand around JSON, and are no part of a raw value.
    let value = text.trim_matches([' ', '\t', '\n', '\r']);
    match RawValue::from_string(value.to_owned()) {
        Err(_) if !value.starts_with(['{', '[', '"']) => serde_json::value::to_raw_value(text),
        outcome => outcome,
    }
}

/// `base` with all of `values`, which win; the name of one that was given twice otherwise.
pub(crate) fn object(base: Object, values: &[NamedJson]) -> Result<Object, &str> {
    let mut names = BTreeSet::new();
    if let Some(twice) = values.iter().find(|value| !names.insert(&value.name)) {
        return Err(&twice.name);
    }
    let mut object = base;
    object.extend(values.iter().map(|value| (value.name.clone(), value.value.clone())));
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object_of(base: &str, texts: &[&str]) -> String {
        let values: Vec<NamedJson> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let base = serde_json::from_str(base).unwrap();
        serde_json::to_string(&object(base, &values).unwrap()).unwrap()
    }

    #[test]
    fn values_are_json_and_bare_words_are_strings() {
        assert_eq!(object_of("{}", &[]), "{}");
        assert_eq!(object_of("{}", &["name=Ada", "n=5", "x= true "]), r#"{"n":5,"name":"Ada","x":true}"#);
        assert_eq!(
            object_of("{}", &[r#"a={"b":[1.10]}"#, "eq=a=b", "e="]),
            r#"{"a":{"b":[1.10]},"e":"","eq":"a=b"}"#
        );
        assert_eq!(
            object_of("{}", &["big=12345678901234567890123", "s=\"5\""]),
            r#"{"big":12345678901234567890123,"s":"5"}"#
        );
        assert_eq!(object_of("{}", &["words=two words 👋"]), r#"{"words":"two words 👋"}"#);
    }

    #[test]
    fn strings_keep_their_blanks() {
        assert_eq!(
            object_of("{}", &["a= two words ", "b=\tx\n", "c= ", "d=\u{a0}5"]),
            "{\"a\":\" two words \",\"b\":\"\\tx\\n\",\"c\":\" \",\"d\":\"\u{a0}5\"}"
        );
        // Around JSON they are no part of the value.
        assert_eq!(object_of("{}", &["a= 5 ", "b=\n[1, 2]\t"]), r#"{"a":5,"b":[1, 2]}"#);
    }

    #[test]
    fn values_win_over_the_base_which_keeps_its_bytes() {
        assert_eq!(object_of(r#"{"b": 1.10, "a": {"x": 1e400}}"#, &["b=2"]), r#"{"a":{"x": 1e400},"b":2}"#);
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["name", "=5", "a={\"b\"", "a=[1", "a=\"open"] {
            assert!(text.parse::<NamedJson>().is_err(), "{text}");
        }
        let twice: Vec<NamedJson> = ["a=1", "a=2"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(object(Object::new(), &twice).err(), Some("a"));
    }
}
