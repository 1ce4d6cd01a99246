//! JSON objects taken apart and put together: the texts of their values are never rewritten.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::value::json_string;

/// The entries of a JSON object in order.
pub(crate) fn entries(text: &str) -> serde_json::Result<Vec<(String, Box<RawValue>)>> {
    serde_json::from_str::<Entries>(text).map(|entries| entries.0)
}

/// An object of names and the texts of their values.
pub(crate) fn compose<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let entries: Vec<String> =
        entries.into_iter().map(|(name, text)| format!("{}:{text}", json_string(name))).collect();
    format!("{{{}}}", entries.join(","))
}

/// The object with some entries replaced or, if it has them not, added.
pub(crate) fn with(object: &str, changes: &[(&str, &str)]) -> serde_json::Result<String> {
    let entries = entries(object)?;
    let change = |name: &str| changes.iter().rfind(|(changed, _)| *changed == name).map(|(_, text)| *text);
    let kept = entries.iter().map(|(name, text)| (name.as_str(), change(name).unwrap_or(text.get())));
    let is_new = |name: &str| entries.iter().all(|(known, _)| known != name);
    Ok(compose(kept.chain(changes.iter().copied().filter(|(name, _)| is_new(name)))))
}

struct Entries(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_adds_without_touching_the_rest() {
        let changed = with(r#"{ "a": 1.10, "b": [ 1e400 ] }"#, &[("a", "2"), ("c", "null")]).unwrap();
        assert_eq!(changed, r#"{"a":2,"b":[ 1e400 ],"c":null}"#);
        assert!(with("[]", &[]).is_err());
    }
}
