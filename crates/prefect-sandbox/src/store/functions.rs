//! SQL functions for what PostgreSQL has and SQLite lacks. Pure: text in, truth out.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use serde_json::Value;

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("pg_like", 2, flags, |context| {
        let (text, pattern): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        Ok(text.map(|text| like(&text, &pattern)))
    })?;
    conn.create_scalar_function("pg_ilike", 2, flags, |context| {
        let (text, pattern): (Option<String>, String) = (context.get(0)?, context.get(1)?);
        Ok(text.map(|text| like(&text.to_lowercase(), &pattern.to_lowercase())))
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
    fn containment_follows_postgres() {
        assert!(json_contains(r#"{"a":1,"b":[1,2]}"#, r#"{"b":[2]}"#));
        assert!(json_contains(r#"["gpu","x"]"#, r#""gpu""#));
        assert!(!json_contains(r#"["gpu"]"#, r#"["gpu","x"]"#));
        assert!(json_equal(r#"{"a":1, "b":2}"#, r#"{"b":2,"a":1}"#));
    }
}
