//! What became of a run: its states, its task runs, its logs. And writing such a history.

use rusqlite::{Params, Row};
use uuid::Uuid;

use super::Sandbox;
use super::fixtures::{SandboxError, parse};
use crate::error::FieldError;
use crate::rules::logs::{self, Entry};
use crate::rules::states::{self, State};
use crate::time;

/// A state that a flow run has had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredState {
    /// Its number, from 1.
    pub version: i64,
    /// Its name.
    pub state: String,
    /// Its message.
    pub message: Option<String>,
    /// When it was set.
    pub timestamp: String,
    /// When a run in this state is to start.
    pub start_time: Option<String>,
}

/// A run of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredTaskRun {
    /// Its id.
    pub id: Uuid,
    /// The task's id.
    pub task_id: Uuid,
    /// The task's slug.
    pub slug: Option<String>,
    /// -1 unless the task is mapped.
    pub map_index: i64,
    /// Name of its state.
    pub state: Option<String>,
    /// Message of its state.
    pub state_message: Option<String>,
    /// How many states it has had.
    pub version: i64,
}

/// A log entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredLog {
    /// When it was written, as its writer says.
    pub timestamp: String,
    /// The logger.
    pub name: Option<String>,
    /// DEBUG, INFO, WARNING, ERROR or CRITICAL.
    pub level: Option<String>,
    /// The text.
    pub message: Option<String>,
    /// The task run that it belongs to, if any.
    pub task_run_id: Option<Uuid>,
}

/// The logger of entries that tests write.
const LOGGER: &str = "prefect.sandbox";
const LEVELS: [&str; 5] = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

impl Sandbox {
    /// Sets one state after the other, all of them or none.
    ///
    /// # Errors
    /// When there is no such run or no state of a name.
    pub async fn walk_flow_run(&self, run: Uuid, states: &[&str]) -> Result<(), SandboxError> {
        let names: Vec<String> = states.iter().map(|name| (*name).to_owned()).collect();
        self.job(move |db| {
            let run = run.to_string();
            let tx = db.conn.savepoint()?;
            if states::current(&tx, &run)?.is_none() {
                return Err(FieldError::new(format!("State update failed for flow run ID {run}")));
            }
            let mut run_scheduled = false;
            for name in &names {
                let state = State::new(name, "Set by a test.");
                State::check_name(name)?;
                states::set_flow_run_state(&tx, &run, &state)?;
                run_scheduled |= state.is_scheduled();
            }
            tx.commit()?;
            db.run_scheduled |= run_scheduled;
            Ok(())
        })
        .await
    }

    /// Writes a log entry of a run; `timestamp` is RFC 3339, and now if it is `None`.
    ///
    /// # Errors
    /// When there is no such run or no such level, or the timestamp is none.
    pub async fn write_log(
        &self,
        run: Uuid,
        level: &str,
        message: &str,
        timestamp: Option<&str>,
    ) -> Result<(), SandboxError> {
        let (level, message) = (level.to_owned(), message.to_owned());
        let timestamp = timestamp.map(str::to_owned);
        self.job(move |db| {
            if !LEVELS.contains(&level.as_str()) {
                return Err(FieldError::new(format!("there is no level {level:?}")));
            }
            let now = time::now();
            let timestamp = timestamp.map_or(Some(now.clone()), |given| time::normalise(&given));
            let timestamp =
                timestamp.ok_or_else(|| FieldError::new("the timestamp is not a date and time"))?;
            let run = run.to_string();
            if states::current(&db.conn, &run)?.is_none() {
                return Err(FieldError::new(format!("Flow run {run} not found")));
            }
            let entry = Entry {
                flow_run: &run,
                task_run: None,
                timestamp: &timestamp,
                name: Some(LOGGER),
                level: &level,
                message: Some(&message),
                info: None,
            };
            Ok(logs::write(&db.conn, &entry, &now)?)
        })
        .await
    }

    /// The log of a run by the entries' timestamps, equal ones as they arrived.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logs(&self, run: Uuid) -> Result<Vec<StoredLog>, SandboxError> {
        let sql = "SELECT timestamp, name, level, message, task_run_id FROM log \
                   WHERE flow_run_id = ?1 ORDER BY timestamp, seq";
        self.rows(sql, [run.to_string()], |row| {
            let task_run: Option<String> = row.get(4)?;
            let (timestamp, name, level, message) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let log = |task_run_id| StoredLog { timestamp, name, level, message, task_run_id };
            Ok(task_run.map(|id| parse(&id)).transpose().map(log))
        })
        .await
    }

    /// The states that a run has had, the first one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flow_run_states(&self, run: Uuid) -> Result<Vec<StoredState>, SandboxError> {
        let sql = "SELECT version, state, message, timestamp, start_time FROM flow_run_state \
                   WHERE flow_run_id = ?1 ORDER BY seq";
        self.rows(sql, [run.to_string()], |row| {
            let (version, state, message) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (timestamp, start_time) = (row.get(3)?, row.get(4)?);
            Ok(Ok(StoredState { version, state, message, timestamp, start_time }))
        })
        .await
    }

    /// The task runs of a run, in the order in which they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task_runs(&self, run: Uuid) -> Result<Vec<StoredTaskRun>, SandboxError> {
        let sql = "SELECT r.id, r.task_id, t.slug, r.map_index, r.state, r.state_message, r.version \
                   FROM task_run AS r JOIN task AS t ON t.id = r.task_id WHERE r.flow_run_id = ?1 ORDER BY r.seq";
        self.rows(sql, [run.to_string()], |row| {
            let (id, task_id): (String, String) = (row.get(0)?, row.get(1)?);
            let (slug, map_index, state) = (row.get(2)?, row.get(3)?, row.get(4)?);
            let (state_message, version) = (row.get(5)?, row.get(6)?);
            Ok(parse(&id).and_then(|id| {
                let task_id = parse(&task_id)?;
                Ok(StoredTaskRun { id, task_id, slug, map_index, state, state_message, version })
            }))
        })
        .await
    }

    async fn rows<T: Send + 'static>(
        &self,
        sql: &'static str,
        values: impl Params + Send + 'static,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<Result<T, FieldError>> + Send + 'static,
    ) -> Result<Vec<T>, SandboxError> {
        self.job(move |db| {
            let mut query = db.conn.prepare_cached(sql)?;
            let rows = query.query_map(values, |row| read(row))?.collect::<rusqlite::Result<Vec<_>>>()?;
            rows.into_iter().collect()
        })
        .await
    }
}
