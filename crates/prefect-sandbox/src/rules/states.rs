//! States of flow runs and task runs: what setting one does to the run.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;

use super::{new_id, objects};
use crate::error::FieldError;
use crate::time;
use crate::value::Value;

/// A state to be set. `serialized` is stored as it was given.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) name: String,
    message: Option<String>,
    start_time: Option<String>,
    serialized: String,
}

/// What a task run starts with, as the real server's database writes it.
pub(super) const PENDING: &str = r#"{"type":"Pending","message":"Task run created"}"#;
/// Of one state, as JSON text.
const MAX_SIZE: usize = 1_000_000;
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
/// The states that may be waiting in an agent's queue.
pub(super) const SCHEDULED: [&str; 5] = ["Scheduled", "Paused", "Queued", "Resume", "Retrying"];
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
    /// A state as Prefect 1.4.1 serializes it; one that waits has the start time that is its default.
    pub(crate) fn new(name: &str, message: &str) -> Self {
        let start_time = SCHEDULED.contains(&name).then(|| default_start(name));
        Self {
            name: name.to_owned(),
            message: Some(message.to_owned()),
            serialized: serialized(name, message, start_time.as_deref()),
            start_time,
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

    /// Whether an agent may have to be told of a run in this state.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.name == "Scheduled"
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
        if text.len() > MAX_SIZE {
            return Err(FieldError::new("State payload is too large."));
        }
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
        let start_time = SCHEDULED
            .contains(&head.name.as_str())
            .then(|| head.start_time.as_deref().and_then(time::normalise))
            .map(|given| given.unwrap_or_else(|| default_start(&head.name)));
        Ok(Self { name: head.name, message: head.message, start_time, serialized: text.to_owned() })
    }
}

/// When a run that waits goes on if its state does not say so.
fn default_start(state: &str) -> String {
    match state {
        "Paused" => time::in_ten_years(),
        _ => time::now(),
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
    if state.name == "Cancelled" {
        set_task_run_states(conn, run, state)?;
    }
    set(conn, &FLOW_RUN, run, state)?;
    if is_running(&state.name) || state.name == "Submitted" {
        conn.prepare_cached("UPDATE flow_run SET heartbeat = ?2 WHERE id = ?1")?
            .execute(params![run, time::now()])?;
    }
    Ok(())
}

/// The next state of every unfinished task run of a flow run.
pub(crate) fn set_task_run_states(conn: &Connection, run: &str, state: &State) -> rusqlite::Result<()> {
    let mut task_runs = conn.prepare_cached(
        "SELECT id, coalesce(state, ''), serialized_state FROM task_run WHERE flow_run_id = ?1",
    )?;
    let task_runs: Vec<(String, String, Option<String>)> = task_runs
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, current, serialized) in task_runs {
        if !is_finished(&current) {
            set_task_run_state(conn, &id, state, serialized.as_deref())?;
        }
    }
    Ok(())
}

/// The next state of a task run. Inputs that were cached are kept until a state brings its own.
pub(crate) fn set_task_run_state(
    conn: &Connection,
    task_run: &str,
    state: &State,
    previous: Option<&str>,
) -> rusqlite::Result<()> {
    match previous.and_then(|previous| with_cached_inputs(state, previous)) {
        Some(serialized) => set(conn, &TASK_RUN, task_run, &State { serialized, ..state.clone() })?,
        None => set(conn, &TASK_RUN, task_run, state)?,
    }
    if is_running(&state.name) {
        conn.prepare_cached("UPDATE task_run SET heartbeat = ?2 WHERE id = ?1")?
            .execute(params![task_run, time::now()])?;
    }
    Ok(())
}

/// `None` when the state stays as it is.
fn with_cached_inputs(state: &State, previous: &str) -> Option<String> {
    let inputs = cached_inputs(previous)?;
    if cached_inputs(&state.serialized).is_some() {
        return None;
    }
    objects::with(&state.serialized, &[("cached_inputs", &inputs)]).ok()
}

fn cached_inputs(state: &str) -> Option<String> {
    let (_, inputs) = objects::entries(state).ok()?.into_iter().rfind(|(name, _)| name == "cached_inputs")?;
    let is_given = objects::entries(inputs.get()).is_ok_and(|inputs| !inputs.is_empty());
    is_given.then(|| inputs.get().to_owned())
}

/// The first state of a task run.
pub(super) fn set_pending(conn: &Connection, task_run: &str) -> rusqlite::Result<()> {
    let pending = State { serialized: PENDING.to_owned(), ..State::new("Pending", "Task run created") };
    set(conn, &TASK_RUN, task_run, &pending)
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
