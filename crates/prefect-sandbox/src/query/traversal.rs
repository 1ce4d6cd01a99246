//! The schema's SQL functions: walks along the edges of flows, from tasks on.
//!
//! A function stands in for the table whose rows it gives, so all that is said of a table works on it.

use uuid::Uuid;

use super::statement::Statement;
use crate::error::FieldError;
use crate::request::arguments::Arguments;
use crate::value::{Value, json_string};

/// The table whose rows both functions give.
const TABLE: &str = "utility_traversal";
/// The greatest depth, and what it is unless something is said.
const DEPTH: i64 = 50;

/// The columns of an edge that a walk goes from and to.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    from: &'static str,
    to: &'static str,
}

/// A root field that is a function: its walk, and the field of the table that it stands in for.
pub(super) fn find(field: &str) -> Option<(Walk, String)> {
    let downstream = Walk { from: "upstream_task_id", to: "downstream_task_id" };
    let upstream = Walk { from: "downstream_task_id", to: "upstream_task_id" };
    let of = |function: &str, walk| Some((walk, format!("{TABLE}{}", field.strip_prefix(function)?)));
    of("utility_downstream_tasks", downstream).or_else(|| of("utility_upstream_tasks", upstream))
}

impl Statement<'_> {
    /// Hides the table behind the rows of the walk: what goes before the SELECT.
    pub(super) fn walk(&mut self, walk: Walk, arguments: Arguments<'_>) -> Result<(), FieldError> {
        let given = arguments.get("args");
        let given = given.as_deref().map(Value::as_object).unwrap_or_default();
        let argument = |name: &str| given.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let start = self.bind(start(argument("start_task_ids"))?);
        let depth = self.bind(depth(argument("depth_limit")));
        let Walk { from, to } = walk;
        self.write(format_args!(
            "WITH RECURSIVE walk (tenant_id, task_id, depth) AS (\
             SELECT tenant_id, id, 0 FROM task WHERE id IN (SELECT value FROM json_each({start})) \
             UNION SELECT e.tenant_id, e.{to}, w.depth + 1 FROM walk AS w JOIN edge AS e ON e.{from} = w.task_id \
             WHERE w.depth < {depth}), \
             {TABLE} (seq, tenant_id, task_id, depth) AS MATERIALIZED (\
             SELECT row_number() OVER (ORDER BY max(depth), task_id, tenant_id), tenant_id, task_id, max(depth) \
             FROM walk GROUP BY task_id, tenant_id) "
        ));
        Ok(())
    }
}

/// The ids as a JSON array. They come as PostgreSQL writes an array, `{id,id}`.
fn start(given: Option<&Value>) -> Result<String, FieldError> {
    let Some(given) = given else {
        return Err(FieldError {
            message: "Non default arguments cannot be omitted".into(),
            code: "not-supported",
        });
    };
    if given.is_null() {
        return Ok("[]".to_owned());
    }
    let Some(text) = given.as_str() else {
        return Err(FieldError {
            message: "A string is expected for type: _uuid".into(),
            code: "parse-failed",
        });
    };
    let elements = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let elements =
        elements.ok_or_else(|| FieldError::data(format!("malformed array literal: \"{text}\"")))?;
    let mut ids = Vec::new();
    for element in elements.split(',').map(|element| element.trim().trim_matches('"')) {
        match element.parse::<Uuid>() {
            Ok(id) => ids.push(json_string(&id.hyphenated().to_string())),
            Err(_) if element.is_empty() && elements.trim().is_empty() => {}
            Err(_) => {
                return Err(FieldError::data(format!("invalid input syntax for type uuid: \"{element}\"")));
            }
        }
    }
    Ok(format!("[{}]", ids.join(",")))
}

/// A limit that is null lets no step be made.
fn depth(given: Option<&Value>) -> i64 {
    match given {
        None => DEPTH,
        Some(Value::Number(text)) => text.parse().unwrap_or(DEPTH).min(DEPTH),
        Some(_) => 0,
    }
}
