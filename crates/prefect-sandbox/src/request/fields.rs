//! The fields of a JSON object, with the text of their values kept.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A key that comes twice has its last value, as in JavaScript.
pub(crate) type Fields<'a> = BTreeMap<Key<'a>, &'a RawValue>;

/// A key, borrowed unless there is an escape in it.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Key<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Key<'_> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// An error unless the text is an object, and its keys are texts: half of a surrogate pair is JSON and none.
pub(crate) fn fields(text: &str) -> serde_json::Result<Fields<'_>> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_borrowed_unless_they_are_escaped() {
        let fields = fields(r#"{"plain":1,"\u0061":2,"plain":3}"#).unwrap();
        let borrowed = |key: &Key<'_>| matches!(key.0, Cow::Borrowed(_));
        let found: Vec<_> =
            fields.iter().map(|(key, value)| (key.as_str(), borrowed(key), value.get())).collect();
        assert_eq!(found, [("a", false, "2"), ("plain", true, "3")]);
    }
}
