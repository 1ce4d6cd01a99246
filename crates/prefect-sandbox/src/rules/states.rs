//! States of flow runs and task runs: what setting one does to the run.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;

use super::new_id;
use crate::error::FieldError;
use crate::time;
use crate::value::Value;

/// A state to be set. `serialized` is stored as it was given.
pub(crate) struct State {
    pub(crate) name: String,
    message: Option<String>,
    start_time: Option<String>,
    serialized: String,
}

const FINISHED: [&str; 11] = [
    "Finished",
    "Success",
    "Cached",
    "Mapped",
    "Skipped",
    "Looped",
    "Failed",
    "TimedOut",
    "TriggerFailed",
    "ValidationFailed",
    "Cancelled",
];
const SCHEDULED: [&str; 5] = ["Scheduled", "Paused", "Queued", "Resume", "Retrying"];
const OTHERS: [&str; 5] = ["Pending", "Running", "Cancelling", "Submitted", "ClientFailed"];
/// The states that set `end_time`: not all of the finished ones.
const ENDING: [&str; 6] = ["Success", "Failed", "Cached", "TimedOut", "Looped", "Cancelled"];

pub(crate) fn is_finished(state: &str) -> bool {
    FINISHED.contains(&state)
}

pub(crate) fn is_running(state: &str) -> bool {
    matches!(state, "Running" | "Cancelling")
}

impl State {
    /// A state as Prefect 1.4.1 serializes it.
    pub(crate) fn new(name: &str, message: &str) -> Self {
        Self {
            name: name.to_owned(),
            message: Some(message.to_owned()),
            start_time: None,
            serialized: serialized(name, message, None),
        }
    }

    pub(crate) fn scheduled(start_time: &str) -> Self {
        let message = "Flow run scheduled.";
        Self {
            start_time: Some(start_time.to_owned()),
            serialized: serialized("Scheduled", message, Some(start_time)),
            ..Self::new("Scheduled", message)
        }
    }

    /// Whether Prefect has a state of that name.
    pub(crate) fn check_name(name: &str) -> Result<(), FieldError> {
        if [&FINISHED[..], &SCHEDULED, &OTHERS].concat().contains(&name) {
            return Ok(());
        }
        Err(FieldError::new(format!("{{'type': ['Unsupported value: {name}']}}")))
    }

    /// A state that a client sent; the text is kept.
    pub(crate) fn from_json(text: &str) -> Result<Self, FieldError> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(rename = "type")]
            name: String,
            message: Option<String>,
            start_time: Option<String>,
        }
        let head: Head = serde_json::from_str(text)
            .map_err(|error| FieldError::new(format!("The state cannot be read: {error}")))?;
        Self::check_name(&head.name)?;
        let start_time = match head.start_time {
            Some(time) if SCHEDULED.contains(&head.name.as_str()) => time::normalise(&time),
            None if head.name == "Scheduled" => Some(time::now()),
            _ => None,
        };
        Ok(Self { name: head.name, message: head.message, start_time, serialized: text.to_owned() })
    }
}

fn serialized(name: &str, message: &str, start_time: Option<&str>) -> String {
    let no_result =
        Value::object([("type", Value::string("NoResultType")), ("__version__", Value::string("1.4.1"))]);
    let mut fields = vec![("type", Value::string(name)), ("message", Value::string(message))];
    fields.extend(start_time.map(|time| ("start_time", Value::string(time))));
    fields.extend([
        ("context", Value::Object(Vec::new())),
        ("cached_inputs", Value::Object(Vec::new())),
        ("_result", no_result),
        ("__version__", Value::string("1.4.1")),
    ]);
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()).to_json()
}

/// The run's state: outer `None` when there is no such run.
pub(crate) fn current(conn: &Connection, run: &str) -> rusqlite::Result<Option<Option<String>>> {
    conn.prepare_cached("SELECT state FROM flow_run WHERE id = ?1")?
        .query_row([run], |row| row.get(0))
        .optional()
}

/// The next state of a flow run, with all that follows from it.
pub(crate) fn set_flow_run_state(conn: &Connection, run: &str, state: &State) -> rusqlite::Result<()> {
    set(conn, &FLOW_RUN, run, state)?;
    if matches!(state.name.as_str(), "Running" | "Cancelling" | "Submitted") {
        conn.prepare_cached("UPDATE flow_run SET heartbeat = ?2 WHERE id = ?1")?
            .execute(params![run, time::now()])?;
    }
    if state.name == "Cancelled" {
        let message = state.message.clone().unwrap_or_default();
        set_task_run_states(conn, run, &State::new("Cancelled", &message))?;
    }
    Ok(())
}

/// The next state of every unfinished task run of a flow run.
pub(crate) fn set_task_run_states(conn: &Connection, run: &str, state: &State) -> rusqlite::Result<()> {
    let mut task_runs =
        conn.prepare_cached("SELECT id, coalesce(state, '') FROM task_run WHERE flow_run_id = ?1")?;
    let task_runs: Vec<(String, String)> =
        task_runs.query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (id, current) in task_runs {
        if !is_finished(&current) {
            set(conn, &TASK_RUN, &id, state)?;
        }
    }
    Ok(())
}

/// A task run per task of the flow, Pending.
pub(crate) fn create_task_runs(conn: &Connection, run: &str, flow: &str) -> rusqlite::Result<()> {
    let mut tasks = conn.prepare_cached("SELECT id, cache_key, tenant_id FROM task WHERE flow_id = ?1")?;
    let mut rows = tasks.query([flow])?;
    while let Some(task) = rows.next()? {
        let (id, now) = (new_id(), time::now());
        let (task_id, cache_key): (String, Option<String>) = (task.get(0)?, task.get(1)?);
        let tenant: Option<String> = task.get(2)?;
        conn.prepare_cached(
            "INSERT INTO task_run (id, tenant_id, flow_run_id, task_id, cache_key, map_index, version, \
             created, updated) VALUES (?1, ?2, ?3, ?4, ?5, -1, 0, ?6, ?6)",
        )?
        .execute(params![id, tenant, run, task_id, cache_key, now])?;
        let pending = State {
            serialized: r#"{"type":"Pending","message":"Task run created"}"#.to_owned(),
            ..State::new("Pending", "Task run created")
        };
        set(conn, &TASK_RUN, &id, &pending)?;
    }
    Ok(())
}

/// The statements for one kind of run.
struct Kind {
    insert: &'static str,
    update: &'static str,
}

macro_rules! kind {
    ($table:literal) => {
        Kind {
            insert: concat!(
                "INSERT INTO ",
                $table,
                "_state (id, tenant_id, ",
                $table,
                "_id, version, timestamp, state, ",
                "message, start_time, serialized_state, created, updated) ",
                "SELECT ?1, tenant_id, id, version + 1, ?3, ?4, ?5, ?6, ?7, ?3, ?3 FROM ",
                $table,
                " WHERE id = ?2"
            ),
            // What the real server's trigger does when a state is inserted.
            update: concat!(
                "UPDATE ",
                $table,
                " SET version = version + 1, state = ?2, serialized_state = ?3, ",
                "state_message = ?4, state_result = NULL, state_start_time = ?5, state_timestamp = ?6, ",
                "start_time = CASE WHEN ?2 = 'Running' THEN min(coalesce(start_time, ?6), ?6) ",
                "ELSE start_time END, ",
                "end_time = CASE WHEN ?7 THEN max(coalesce(end_time, ?6), ?6) ELSE end_time END, ",
                "updated = ?6 WHERE id = ?1"
            ),
        }
    };
}

const FLOW_RUN: Kind = kind!("flow_run");
const TASK_RUN: Kind = kind!("task_run");

fn set(conn: &Connection, kind: &Kind, run: &str, state: &State) -> rusqlite::Result<()> {
    let now = time::now();
    conn.prepare_cached(kind.insert)?.execute(params![
        new_id(),
        run,
        now,
        state.name,
        state.message,
        state.start_time,
        state.serialized,
    ])?;
    let ends = ENDING.contains(&state.name.as_str());
    conn.prepare_cached(kind.update)?
        .execute(params![run, state.name, state.serialized, state.message, state.start_time, now, ends])
        .map(drop)
}
