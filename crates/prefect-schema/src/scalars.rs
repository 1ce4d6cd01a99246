//! The Rust types of the schema's scalars, apart from the ids.
//!
//! A scalar exists twice where the tables and the mutations name it differently:
//! `timestamptz`/`DateTime` and `jsonb`/`JSON`. Bare [`jiff::Timestamp`] and [`uuid::Uuid`]
//! serve both names, [`Json`] likewise.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::schema;

cynic::impl_scalar!(jiff::Timestamp, schema::timestamptz);
cynic::impl_scalar!(uuid::Uuid, schema::uuid);

macro_rules! also {
    ($($type:ty as $marker:path;)+) => {$(
        impl cynic::schema::IsScalar<$marker> for $type {
            type SchemaType = $marker;
        }
    )+};
}

also! {
    jiff::Timestamp as schema::DateTime;
    uuid::Uuid as schema::UUID;
    Json as schema::JSON;
}

impl cynic::coercions::CoercesTo<schema::DateTime> for jiff::Timestamp {}
impl cynic::coercions::CoercesTo<schema::UUID> for uuid::Uuid {}
cynic::impl_coercions!(Json, schema::JSON);

/// A JSON value kept as the text it was made of or arrived as.
///
/// Nothing is re-parsed on the way through, so large integers, `1.10`, `1e400` and the order of
/// keys survive byte for byte.
#[derive(Clone, cynic::Scalar)]
#[cynic(graphql_type = "jsonb")]
pub struct Json(Box<RawValue>);

impl Json {
    /// Serialises `value`.
    ///
    /// # Errors
    /// When `value`'s own `Serialize` fails, or a map in it has keys that are not strings.
    pub fn new(value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        to_raw_value(value).map(Self)
    }

    /// Takes `text` as it is.
    ///
    /// # Errors
    /// When `text` is not one JSON value.
    pub fn from_text(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text.into()).map(Self)
    }

    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Decodes the value.
    ///
    /// # Errors
    /// When the value does not have `T`'s shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_text() {
        for text in [r#"{"b":1.10,"a":1e400,"n":12345678901234567890123}"#, "null", r#""\u00e9""#] {
            let json = Json::from_text(text).unwrap();
            assert_eq!(serde_json::to_string(&json).unwrap(), text);
            assert_eq!(serde_json::from_str::<Json>(text).unwrap().get(), text);
        }
    }

    #[test]
    fn json_is_one_value() {
        for text in ["", "{", "1 2", "nope"] {
            assert!(Json::from_text(text).is_err(), "{text:?} was taken");
        }
        assert!(Json::new(&std::collections::BTreeMap::from([((1, 2), 3)])).is_err());
    }

    #[test]
    fn json_decodes() {
        let json = Json::new(&("a", 1)).unwrap();
        assert_eq!(json.decode::<(String, i32)>().unwrap(), ("a".to_owned(), 1));
        assert!(json.decode::<String>().is_err());
    }
}
