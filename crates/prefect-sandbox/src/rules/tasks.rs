//! Tasks and edges of a flow, as clients serialize them.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{new_id, objects, rows, violation};
use crate::error::FieldError;
use crate::time;
use crate::value::Value;

/// A task. What is not named here is kept in the serialized flow only.
#[derive(Deserialize)]
pub(crate) struct NewTask {
    pub(crate) slug: String,
    pub(crate) name: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) auto_generated: Option<bool>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) max_retries: Option<i64>,
    pub(crate) retry_delay: Option<Delay>,
    pub(crate) cache_key: Option<String>,
    pub(crate) trigger: Option<Trigger>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Delay {
    Seconds(f64),
    Text(String),
}

/// Clients send a trigger by its function's name, or as an object that has it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Trigger {
    Name(String),
    Object {
        #[serde(rename = "fn")]
        name: Option<String>,
    },
}

/// An edge.
#[derive(Deserialize)]
pub(crate) struct NewEdge {
    upstream_task: TaskName,
    downstream_task: TaskName,
    mapped: Option<bool>,
    key: Option<String>,
}

/// Clients name a task by its slug, or by an object that has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum TaskName {
    Slug(String),
    Object { slug: String },
}

impl TaskName {
    fn slug(&self) -> &str {
        match self {
            Self::Slug(slug) | Self::Object { slug } => slug,
        }
    }
}

impl NewTask {
    /// A plain task, as tests make them.
    pub(super) fn function(name: &str) -> Self {
        Self {
            slug: format!("{name}-1"),
            name: Some(name.to_owned()),
            kind: Some("prefect.tasks.core.function.FunctionTask".to_owned()),
            auto_generated: None,
            tags: None,
            max_retries: None,
            retry_delay: None,
            cache_key: None,
            trigger: None,
        }
    }
}

impl Delay {
    /// As PostgreSQL writes intervals: `1 day 00:00:10`.
    fn to_interval(&self) -> String {
        let seconds = match self {
            Self::Seconds(seconds) => *seconds,
            Self::Text(text) => return text.clone(),
        };
        let whole = seconds.trunc();
        let (days, rest) = ((whole / 86_400.0).trunc(), whole % 86_400.0);
        let (hours, rest) = ((rest / 3_600.0).trunc(), rest % 3_600.0);
        let (minutes, rest) = ((rest / 60.0).trunc(), rest % 60.0);
        let micros = ((seconds - whole) * 1_000_000.0).round();
        let fraction = format!(".{micros:06}");
        let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
        let time = format!("{hours:02}:{minutes:02}:{rest:02}{fraction}");
        match (days, whole % 86_400.0 + micros) {
            (0.0, _) => time,
            (1.0, 0.0) => "1 day".to_owned(),
            (1.0, _) => format!("1 day {time}"),
            (days, 0.0) => format!("{days} days"),
            (days, _) => format!("{days} days {time}"),
        }
    }
}

/// Inserts tasks; those whose slug the flow knows are left alone.
pub(super) fn insert(
    conn: &Connection,
    tenant: Option<&str>,
    flow: &str,
    tasks: &[NewTask],
) -> Result<(), FieldError> {
    let now = time::now();
    let mut insert = conn.prepare_cached(
        "INSERT INTO task (id, tenant_id, flow_id, slug, name, type, auto_generated, tags, max_retries, \
         retry_delay, cache_key, trigger, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13) \
         ON CONFLICT (flow_id, slug) DO NOTHING",
    )?;
    for task in tasks {
        let tags = task.tags.iter().flatten().map(Value::string).collect();
        let trigger = task.trigger.as_ref().and_then(|trigger| match trigger {
            Trigger::Name(name) => Some(name),
            Trigger::Object { name } => name.as_ref(),
        });
        insert
            .execute(params![
                new_id(),
                tenant,
                flow,
                task.slug,
                task.name,
                task.kind,
                task.auto_generated.unwrap_or_default(),
                Value::List(tags).to_json(),
                task.max_retries.unwrap_or_default(),
                task.retry_delay.as_ref().map(Delay::to_interval),
                task.cache_key,
                trigger,
                now,
            ])
            .map_err(violation)?;
    }
    Ok(())
}

/// Inserts edges; those that the flow has are left alone.
pub(super) fn insert_edges(
    conn: &Connection,
    tenant: Option<&str>,
    flow: &str,
    edges: &[NewEdge],
) -> Result<(), FieldError> {
    let now = time::now();
    let known = ids(conn, flow)?;
    let mut insert = conn.prepare_cached(
        "INSERT INTO edge (id, tenant_id, flow_id, upstream_task_id, downstream_task_id, key, mapped, \
         created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) \
         ON CONFLICT (flow_id, downstream_task_id, upstream_task_id) DO NOTHING",
    )?;
    for edge in edges {
        let upstream = known.get(edge.upstream_task.slug());
        let (Some(upstream), Some(downstream)) = (upstream, known.get(edge.downstream_task.slug())) else {
            return Err(FieldError::new(
                "Edges could not be registered - some edges reference tasks that do not exist within \
                 this flow.",
            ));
        };
        let mapped = edge.mapped.unwrap_or_default();
        insert.execute(params![new_id(), tenant, flow, upstream, downstream, edge.key, mapped, now])?;
    }
    Ok(())
}

/// Slug → id of the tasks of a flow.
fn ids(conn: &Connection, flow: &str) -> rusqlite::Result<HashMap<String, String>> {
    let mut tasks = conn.prepare_cached("SELECT slug, id FROM task WHERE flow_id = ?1")?;
    tasks.query_map([flow], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Adds a batch of tasks to a flow and to its serialized form. `batch` is JSON text.
pub(crate) fn register(conn: &Connection, flow: &str, batch: &str) -> Result<(), FieldError> {
    let serialized: Vec<&RawValue> = list(batch, "tasks")?;
    let tasks: Vec<NewTask> = list(batch, "tasks")?;
    let Some((tenant, flow_text)) = find(conn, flow)? else {
        return Err(FieldError::new("Foreign key violation."));
    };
    insert(conn, tenant.as_deref(), flow, &tasks)?;
    let known = tasks_of(&flow_text);
    let slugs: HashSet<String> = known.iter().filter_map(|task| slug(task)).collect();
    let new = tasks.iter().zip(&serialized).filter(|(task, _)| !slugs.contains(&task.slug));
    let new: Vec<&str> = new.map(|(_, text)| text.get()).collect();
    if new.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = known.iter().map(|task| task.get()).chain(new).collect();
    let text = objects::with(&flow_text, &[("tasks", &format!("[{}]", all.join(",")))])
        .map_err(|error| FieldError::new(format!("The serialized flow cannot be read: {error}")))?;
    rows::set(conn, rows::FLOW_SERIALIZED, flow, text)?;
    Ok(())
}

/// Adds a batch of edges to a flow. `batch` is JSON text.
pub(crate) fn register_edges(conn: &Connection, flow: &str, batch: &str) -> Result<(), FieldError> {
    let edges: Vec<NewEdge> = list(batch, "edges")?;
    let (tenant, _) = find(conn, flow)?.ok_or_else(|| FieldError::new("Invalid flow ID"))?;
    insert_edges(conn, tenant.as_deref(), flow, &edges)
}

/// Tenant and serialized form of a flow.
fn find(conn: &Connection, flow: &str) -> rusqlite::Result<Option<(Option<String>, String)>> {
    conn.prepare_cached("SELECT tenant_id, coalesce(serialized_flow, '{}') FROM flow WHERE id = ?1")?
        .query_row([flow], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn list<'a, T: Deserialize<'a>>(batch: &'a str, what: &str) -> Result<Vec<T>, FieldError> {
    serde_json::from_str(batch)
        .map_err(|error| FieldError::new(format!("The serialized {what} cannot be read: {error}")))
}

fn tasks_of(flow: &str) -> Vec<&RawValue> {
    #[derive(Deserialize)]
    struct Tasks<'a> {
        #[serde(borrow)]
        tasks: Option<Vec<&'a RawValue>>,
    }
    serde_json::from_str::<Tasks<'_>>(flow).ok().and_then(|flow| flow.tasks).unwrap_or_default()
}

fn slug(task: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Slug {
        slug: String,
    }
    serde_json::from_str::<Slug>(task.get()).ok().map(|task| task.slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_written_as_postgres_does() {
        for (seconds, expected) in [
            (0.0, "00:00:00"),
            (660.0, "00:11:00"),
            (1.5, "00:00:01.5"),
            (86_400.0, "1 day"),
            (93_600.0, "1 day 02:00:00"),
            (172_800.25, "2 days 00:00:00.25"),
        ] {
            assert_eq!(Delay::Seconds(seconds).to_interval(), expected);
        }
    }
}
