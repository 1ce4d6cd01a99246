//! SQL functions, and orders for jsonb and intervals, for what PostgreSQL has and SQLite lacks. Pure: text in, truth out.

use std::cmp::Ordering;
use std::error::Error;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use serde_json::{Map, Value};

use crate::{interval, pattern};

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    conn.create_collation("jsonb", json_order)?;
    conn.create_collation("interval", interval::order)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("pg_like", 2, flags, |context| {
        let (text, pattern): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        Ok(text.map(|text| like(&text, &pattern)))
    })?;
    conn.create_scalar_function("pg_ilike", 2, flags, |context| {
        let (text, pattern): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        Ok(text.map(|text| like(&text.to_lowercase(), &pattern.to_lowercase())))
    })?;
    // The pattern is what `pattern` made of PostgreSQL's; it is compiled once a statement.
    conn.create_scalar_function("pg_matches", 2, flags, |context| {
        let pattern = context.get_or_create_aux(1, |pattern| -> Result<_, Box<dyn Error + Send + Sync>> {
            Ok(pattern::compile(pattern.as_str()?)?)
        })?;
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| pattern.is_match(&text)))
    })?;
    // SQLite has one only when it is built with its mathematical functions.
    conn.create_scalar_function("sqrt", 1, flags, |context| {
        Ok(context.get::<Option<f64>>(0)?.map(f64::sqrt))
    })?;
    conn.create_scalar_function("jsonb_equal", 2, flags, |context| {
        let (left, right): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        Ok(left.map(|left| json_equal(&left, &right)))
    })?;
    conn.create_scalar_function("jsonb_contains", 2, flags, |context| {
        let (left, right): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        Ok(left.map(|left| json_contains(&left, &right)))
    })
}

/// SQL's LIKE: `%` is any text, `_` any character, `\` takes the next one literally.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut pat) = (0, 0);
    // Where to go on when the last `%` has to swallow one more character.
    let mut retry = None;
    loop {
        if pattern.get(pat) == Some(&'%') {
            pat += 1;
            retry = Some((at, pat));
            continue;
        }
        let matched = match (pattern.get(pat), text.get(at)) {
            (None, None) => return true,
            (Some('_'), Some(_)) => Some(1),
            (Some('\\'), Some(c)) => (pattern.get(pat + 1) == Some(c)).then_some(2),
            (Some(p), Some(c)) => (p == c).then_some(1),
            _ => None,
        };
        if let Some(width) = matched {
            at += 1;
            pat += width;
            continue;
        }
        match retry {
            Some((from, back)) if from < text.len() => {
                retry = Some((from + 1, back));
                (at, pat) = (from + 1, back);
            }
            _ => return false,
        }
    }
}

/// Equal as JSON; texts that serde_json cannot hold (1e400) are compared as texts.
fn json_equal(left: &str, right: &str) -> bool {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

/// PostgreSQL's order of jsonb. Texts that serde_json cannot hold come last, ordered as texts.
fn json_order(left: &str, right: &str) -> Ordering {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => order(&left, &right, true),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}

fn order(left: &Value, right: &Value, top: bool) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => left.as_f64().unwrap_or(f64::MAX).total_cmp(&right.as_f64().unwrap_or(f64::MAX)),
        },
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => left.len().cmp(&right.len()).then_with(|| {
            let pairs = left.iter().zip(right);
            pairs
                .map(|(left, right)| order(left, right, false))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        }),
        (Value::Object(left), Value::Object(right)) => left.len().cmp(&right.len()).then_with(|| {
            let (left, right) = (by_storage(left), by_storage(right));
            let pairs = left.iter().zip(&right);
            let pairs = pairs.map(|((a, x), (b, y))| key(a).cmp(&key(b)).then_with(|| order(x, y, false)));
            pairs.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        }),
        _ => rank(left, top).cmp(&rank(right, top)),
    }
}

/// Objects come after arrays, those after booleans, numbers, strings, null; an empty array at the top is the least.
fn rank(value: &Value, top: bool) -> u8 {
    match value {
        Value::Array(elements) if top && elements.is_empty() => 0,
        Value::Null => 1,
        Value::String(_) => 2,
        Value::Number(_) => 3,
        Value::Bool(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

/// Keys are kept by length, then by their bytes.
fn by_storage(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = object.iter().collect();
    fields.sort_by_key(|(name, _)| key(name));
    fields
}

fn key(name: &str) -> (usize, &str) {
    (name.len(), name)
}

fn json_contains(left: &str, right: &str) -> bool {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => contains(&left, &right, true),
        _ => left == right,
    }
}

/// PostgreSQL's `@>`; at the top an array also contains a bare scalar.
fn contains(left: &Value, right: &Value, top: bool) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            right.iter().all(|(key, value)| left.get(key).is_some_and(|found| contains(found, value, false)))
        }
        (Value::Array(left), Value::Array(right)) => {
            right.iter().all(|value| left.iter().any(|found| contains(found, value, false)))
        }
        (Value::Array(left), scalar) if top && !scalar.is_object() => left.contains(scalar),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_matches_as_sql_does() {
        for (text, pattern, expected) in [
            ("abc", "abc", true),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("abc", "%b%", true),
            ("aXbXc", "a%X_", true),
            ("", "%", true),
            ("", "_", false),
            ("50%", "50\\%", true),
            ("500", "50\\%", false),
            ("ABC", "abc", false),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} LIKE {pattern}");
        }
    }

    #[test]
    fn jsonb_is_ordered_as_in_postgres() {
        let texts = [
            "[]",
            "null",
            r#""a""#,
            r#""b""#,
            "1",
            "1.5",
            "2",
            "10",
            "false",
            "true",
            "[9]",
            "[1,2]",
            "[1,3]",
            "{}",
            r#"{"z":1}"#,
            r#"{"aa":0}"#,
            r#"{"a":1,"b":1}"#,
            r#"{"b":2,"a":1}"#,
            "1e400",
        ];
        assert!(texts.is_sorted_by(|left, right| json_order(left, right).is_lt()));
        assert_eq!(json_order(r#"{"a":1, "b":2}"#, r#"{"b":2.0,"a":1}"#), Ordering::Equal);
        assert_eq!(json_order("[[]]", "[null]"), Ordering::Greater);
    }

    #[test]
    fn containment_follows_postgres() {
        assert!(json_contains(r#"{"a":1,"b":[1,2]}"#, r#"{"b":[2]}"#));
        assert!(json_contains(r#"["gpu","x"]"#, r#""gpu""#));
        assert!(!json_contains(r#"["gpu"]"#, r#"["gpu","x"]"#));
        assert!(json_equal(r#"{"a":1, "b":2}"#, r#"{"b":2,"a":1}"#));
    }
}
