//! Values of a server that may have another shape than the known one. They are read where they stand, whatever
//! they are, so that nothing else in the answer is lost for them.

use std::fmt;
use std::marker::PhantomData;

use prefect_schema::{cynic, schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// A `T`, or `None` for any other value. What may fail inside of a `T` must be lenient itself, as the elements of
/// a list must: half a value cannot be skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lenient<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue(PhantomData)).map(Self)
    }
}

impl<T> cynic::schema::IsScalar<schema::jsonb> for Lenient<T> {
    type SchemaType = schema::jsonb;
}

/// That there is a value. What it is is not even looked at, so it may be one that no type has room for.
#[derive(Debug)]
pub(crate) struct Present;

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|IgnoredAny| Self)
    }
}

impl cynic::schema::IsScalar<schema::jsonb> for Present {
    type SchemaType = schema::jsonb;
}

struct AnyValue<T>(PhantomData<T>);

impl<T> AnyValue<T> {
    fn of<'de, E: Error>(value: impl IntoDeserializer<'de, E>) -> Result<Option<T>, E>
    where
        T: Deserialize<'de>,
    {
        Ok(T::deserialize(value.into_deserializer()).ok())
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyValue<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Self::of(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::of(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Self::of(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Self::of(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Self::of(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Self::of(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let value = T::deserialize(SeqAccessDeserializer::new(&mut list)).ok();
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(value)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let value = T::deserialize(MapAccessDeserializer::new(&mut map)).ok();
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::{Lenient, Present};

    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        name: Lenient<String>,
    }

    fn named(name: &str) -> Lenient<Named> {
        Lenient(Some(Named { name: Lenient(Some(name.to_owned())) }))
    }

    #[test]
    fn what_fits_is_read_and_the_rest_is_skipped() {
        let text =
            r#"[{"a": [1, {"b": null}], "name": "x"}, {"name": "y"}, 5, {"name": {"c": [2]}}, [], {}]"#;
        let Lenient(read) = serde_json::from_str::<Lenient<Vec<Lenient<Named>>>>(text).unwrap();
        let unnamed = Lenient(Some(Named { name: Lenient(None) }));
        assert_eq!(
            read.unwrap(),
            [named("x"), named("y"), Lenient(None), unnamed, Lenient(None), Lenient(None)]
        );
    }

    #[test]
    fn that_there_is_a_value_is_all_that_is_read_of_it() {
        let text = r#"[null, "DockerRun", 1e400, "\ud800", {"a": [1e400]}, false]"#;
        let read: Vec<Option<Present>> = serde_json::from_str(text).unwrap();
        let there: Vec<_> = read.iter().map(Option::is_some).collect();
        assert_eq!(there, [false, true, true, true, true, true]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z\"]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            let key = prop_oneof![Just("name".to_owned()), "[a-z]"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(key, inner, 0..4).prop_map(Value::from_iter),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_follows_any_value_is_read(value in any_json()) {
            let text = serde_json::to_string(&(value, 7)).unwrap();
            let (_, after): (Lenient<Vec<Lenient<Named>>>, u8) = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(after, 7);
        }
    }
}
