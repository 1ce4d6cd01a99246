//! Task runs: one per task and map index, created with the flow run or when a runner asks for it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{new_id, states};
use crate::time;
use crate::value::Value;

/// What a runner asks about a task run.
pub(crate) struct Info {
    pub(crate) id: String,
    version: i64,
    state: Option<String>,
    serialized_state: Option<String>,
}

impl Info {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, version: row.get(1)?, state: row.get(2)?, serialized_state: row.get(3)? })
    }

    pub(crate) fn into_payload(self) -> Value {
        Value::object([
            ("id", Value::String(self.id)),
            ("version", Value::Number(self.version.to_string())),
            ("state", self.state.map_or(Value::Null, Value::String)),
            ("serialized_state", self.serialized_state.map_or(Value::Null, Value::Json)),
        ])
    }
}

/// A task run with the flow run it belongs to.
pub(crate) struct Current {
    pub(crate) serialized_state: Option<String>,
    pub(crate) flow_run: String,
    pub(crate) flow_run_state: Option<String>,
}

pub(crate) fn current(conn: &Connection, id: &str) -> rusqlite::Result<Option<Current>> {
    conn.prepare_cached(
        "SELECT t.serialized_state, f.id, f.state FROM task_run AS t \
         JOIN flow_run AS f ON f.id = t.flow_run_id WHERE t.id = ?1",
    )?
    .query_row([id], |row| {
        Ok(Current { serialized_state: row.get(0)?, flow_run: row.get(1)?, flow_run_state: row.get(2)? })
    })
    .optional()
}

pub(crate) fn info(conn: &Connection, id: &str) -> rusqlite::Result<Option<Info>> {
    conn.prepare_cached("SELECT id, version, state, serialized_state FROM task_run WHERE id = ?1")?
        .query_row([id], Info::read)
        .optional()
}

/// When the children of a mapped task run began and ended, and how many are in each state.
pub(crate) fn mapped_children(conn: &Connection, id: &str) -> rusqlite::Result<Value> {
    conn.prepare_cached(
        "WITH child AS (SELECT c.* FROM task_run AS p JOIN task_run AS c \
         ON c.flow_run_id = p.flow_run_id AND c.task_id = p.task_id \
         WHERE p.id = ?1 AND p.map_index < 0 AND c.map_index >= 0) \
         SELECT (SELECT min(start_time) FROM child), (SELECT max(end_time) FROM child), \
         (SELECT json_group_object(state, number) FROM \
         (SELECT state, count(*) AS number FROM child GROUP BY state ORDER BY state))",
    )?
    .query_row([id], |row| {
        let time = |time: Option<String>| time.map_or(Value::Null, Value::String);
        Ok(Value::object([
            ("min_start_time", time(row.get(0)?)),
            ("max_end_time", time(row.get(1)?)),
            ("state_counts", Value::Json(row.get(2)?)),
        ]))
    })
}

/// The task run of a task, created if need be. `None` when there is no such task.
pub(crate) fn get_or_create(
    conn: &Connection,
    flow_run: &str,
    task: &str,
    map_index: i64,
) -> rusqlite::Result<Option<Info>> {
    let known = conn
        .prepare_cached(
            "SELECT id, version, state, serialized_state FROM task_run \
             WHERE flow_run_id = ?1 AND task_id = ?2 AND map_index = ?3",
        )?
        .query_row(params![flow_run, task, map_index], Info::read)
        .optional()?;
    if known.is_some() {
        return Ok(known);
    }
    let task: Option<Task> = conn
        .prepare_cached("SELECT id, cache_key, tenant_id FROM task WHERE id = ?1")?
        .query_row([task], Task::read)
        .optional()?;
    let Some(task) = task else { return Ok(None) };
    let id = create(conn, flow_run, &task, map_index)?;
    Ok(Some(Info {
        id,
        // The real server answers the version that it inserted, before its trigger counts the state.
        version: 0,
        state: Some("Pending".to_owned()),
        serialized_state: Some(states::PENDING.to_owned()),
    }))
}

/// A task run per task of the flow, Pending.
pub(crate) fn create_all(conn: &Connection, flow_run: &str, flow: &str) -> rusqlite::Result<()> {
    let mut tasks =
        conn.prepare_cached("SELECT id, cache_key, tenant_id FROM task WHERE flow_id = ?1 ORDER BY seq")?;
    let mut tasks = tasks.query_map([flow], Task::read)?;
    tasks.try_for_each(|task| create(conn, flow_run, &task?, -1).map(drop))
}

/// What a task run takes from its task.
struct Task {
    id: String,
    cache_key: Option<String>,
    tenant_id: Option<String>,
}

impl Task {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, cache_key: row.get(1)?, tenant_id: row.get(2)? })
    }
}

fn create(conn: &Connection, flow_run: &str, task: &Task, map_index: i64) -> rusqlite::Result<String> {
    let id = new_id();
    conn.prepare_cached(
        "INSERT INTO task_run (id, tenant_id, flow_run_id, task_id, cache_key, map_index, version, \
         created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7)",
    )?
    .execute(params![id, task.tenant_id, flow_run, task.id, task.cache_key, map_index, time::now()])?;
    states::set_pending(conn, &id)?;
    Ok(id)
}
