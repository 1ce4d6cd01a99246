//! Whether an answer has the shape of a recorded one: the same keys, and values of the same kinds.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// Stands for more keys of an object, or for any elements of a list.
const MORE: &str = "…";

#[derive(Debug, PartialEq)]
enum Kind {
    Null,
    Bool,
    Integer,
    Float,
    Text,
    Id,
    Time,
    List,
    Object,
}

impl Kind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_f64() => Self::Float,
            Value::Number(_) => Self::Integer,
            Value::String(text) if text.parse::<Uuid>().is_ok() => Self::Id,
            // As PostgreSQL renders UTC: never with a Z.
            Value::String(text) if text.ends_with("+00:00") && text.parse::<Timestamp>().is_ok() => {
                Self::Time
            }
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

/// Fails with the place at which an answer is other than the recorded one.
pub(crate) fn check(recorded: &Value, answer: &Value) -> Result<(), String> {
    check_at("data", recorded, answer)
}

fn check_at(place: &str, recorded: &Value, answer: &Value) -> Result<(), String> {
    let (expected, found) = (Kind::of(recorded), Kind::of(answer));
    if expected != found {
        return Err(format!("{place} is {found:?} and not {expected:?}: {answer}"));
    }
    match (recorded, answer) {
        (Value::Array(recorded), Value::Array(answer)) => check_list(place, recorded, answer),
        (Value::Object(_), Value::Object(_)) => check_object(place, recorded, answer),
        _ => Ok(()),
    }
}

/// Every element is like the recorded one; there are none if none was recorded.
fn check_list(place: &str, recorded: &[Value], answer: &[Value]) -> Result<(), String> {
    let Some(element) = recorded.first().filter(|_| !answer.is_empty()) else {
        let alike = recorded.first().is_some_and(|element| element == MORE) || recorded.len() == answer.len();
        return if alike { Ok(()) } else { Err(format!("{place} has {} elements", answer.len())) };
    };
    if element == MORE {
        return Ok(());
    }
    let mut places = answer.iter().enumerate();
    places.try_for_each(|(index, found)| check_at(&format!("{place}[{index}]"), element, found))
}

fn check_object(place: &str, recorded: &Value, answer: &Value) -> Result<(), String> {
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect()
    };
    let (mut expected, mut found) = (keys(recorded), keys(answer));
    if expected.remove(MORE) {
        found.retain(|key| expected.contains(key));
    }
    if expected != found {
        return Err(format!("{place} has the keys {found:?} and not {expected:?}"));
    }
    expected.iter().try_for_each(|key| check_at(&format!("{place}.{key}"), &recorded[key], &answer[key]))
}

#[test]
fn shapes_are_told_apart() {
    let fits = |recorded: &str, answer: &str| {
        check(&serde_json::from_str(recorded).unwrap(), &serde_json::from_str(answer).unwrap()).is_ok()
    };
    for (recorded, answer, expected) in [
        (r#"{"a": 1}"#, r#"{"a": 2}"#, true),
        (r#"{"a": 1}"#, r#"{"a": 2.5}"#, false),
        (r#"{"a": 1}"#, r#"{"a": null}"#, false),
        (r#"{"a": 1}"#, r#"{"a": 1, "b": 1}"#, false),
        (r#"{"a": 1, "…": "…"}"#, r#"{"a": 1, "b": 1}"#, true),
        (r#"{"a": 1, "…": "…"}"#, r#"{"b": 1}"#, false),
        ("[1]", "[2, 3]", true),
        ("[1]", r#"[2, "3"]"#, false),
        ("[1]", "[]", false),
        ("[]", "[1]", false),
        (r#"["…"]"#, "[]", true),
        (r#"["…"]"#, r#"[1, "2"]"#, true),
        (r#""2026-11-22T20:33:51.5+00:00""#, r#""2026-11-22T20:33:51+00:00""#, true),
        (r#""2026-11-22T20:33:51+00:00""#, r#""2026-11-22T20:33:51Z""#, false),
        (r#""11111111-1111-4111-8111-111111111111""#, r#""22222222-2222-4222-8222-222222222222""#, true),
        (r#""11111111-1111-4111-8111-111111111111""#, r#""text""#, false),
    ] {
        assert_eq!(fits(recorded, answer), expected, "{recorded} {answer}");
    }
}
