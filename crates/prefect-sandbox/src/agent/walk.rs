//! What a run goes through: the states and log lines of Prefect's agent and runner, with nothing executed.

use rusqlite::Connection;

use crate::rules::logs::{self, Entry};
use crate::rules::objects;
use crate::rules::states::{self, State};
use crate::time;

/// The state that a step expects, and what it does.
pub(super) type Step = (&'static str, fn(&Connection, &str) -> rusqlite::Result<()>);

pub(super) const STEPS: [Step; 3] = [("Scheduled", submit), ("Submitted", start), ("Running", finish)];
/// The first log line of every run.
const SIMULATED: &str = "Simulated by the sandbox's built-in agent: no task is executed.";
const SUBMITTED: &str = "Submitted for execution (simulated)";
const RUNNING: &str = "Running flow.";
const LOGGER: &str = "prefect.sandbox";
/// The parameter that lets a run fail.
const FAIL: &str = "fail";

/// Takes a step, unless the run is in another state.
pub(super) fn take(conn: &mut Connection, run: &str, (expected, step): Step) -> rusqlite::Result<()> {
    let tx = conn.savepoint()?;
    if states::current(&tx, run)?.flatten().as_deref() != Some(expected) {
        return Ok(());
    }
    step(&tx, run)?;
    tx.commit()
}

/// The runs that are on their way: their state and their log are those that the steps leave.
pub(super) fn begun(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut runs = conn.prepare(
        "SELECT id FROM flow_run AS r \
         WHERE ((state = 'Submitted' AND state_message = ?1) OR (state = 'Running' AND state_message = ?2)) \
         AND EXISTS (SELECT 1 FROM log WHERE flow_run_id = r.id AND name = ?3 AND message = ?4) ORDER BY seq",
    )?;
    runs.query_map([SUBMITTED, RUNNING, LOGGER, SIMULATED], |row| row.get(0))?.collect()
}

fn submit(conn: &Connection, run: &str) -> rusqlite::Result<()> {
    log(conn, run, None, "INFO", SIMULATED)?;
    states::set_flow_run_state(conn, run, &State::new("Submitted", SUBMITTED))
}

fn start(conn: &Connection, run: &str) -> rusqlite::Result<()> {
    states::set_flow_run_state(conn, run, &State::new("Running", RUNNING))?;
    log(conn, run, None, "INFO", RUNNING)
}

/// The task runs one after the other, then the run itself.
fn finish(conn: &Connection, run: &str) -> rusqlite::Result<()> {
    let fails = is_to_fail(conn, run)?;
    let task_runs = unfinished(conn, run)?;
    for (left, task_run) in (0..task_runs.len()).rev().zip(&task_runs) {
        task_run.walk(conn, run, fails && left == 0)?;
    }
    let (level, state, message) = if fails {
        ("ERROR", "Failed", "Some reference tasks failed.")
    } else {
        ("INFO", "Success", "All reference tasks succeeded.")
    };
    states::set_flow_run_state(conn, run, &State::new(state, message))?;
    log(conn, run, None, level, message)
}

fn is_to_fail(conn: &Connection, run: &str) -> rusqlite::Result<bool> {
    let parameters: Option<String> = conn
        .prepare_cached("SELECT parameters FROM flow_run WHERE id = ?1")?
        .query_row([run], |row| row.get(0))?;
    let parameters = objects::entries(parameters.as_deref().unwrap_or("{}")).unwrap_or_default();
    let fail = parameters.iter().rfind(|(name, _)| name == FAIL);
    Ok(fail.is_some_and(|(_, value)| value.get() == "true"))
}

/// A task run that has not ended.
struct TaskRun {
    id: String,
    task: String,
    state: String,
    serialized_state: Option<String>,
}

/// In the order in which they were made.
fn unfinished(conn: &Connection, run: &str) -> rusqlite::Result<Vec<TaskRun>> {
    let mut task_runs = conn.prepare_cached(
        "SELECT r.id, coalesce(t.name, t.slug, t.id), coalesce(r.state, ''), r.serialized_state \
         FROM task_run AS r JOIN task AS t ON t.id = r.task_id WHERE r.flow_run_id = ?1 ORDER BY r.seq",
    )?;
    let task_runs = task_runs.query_map([run], |row| {
        let (id, task) = (row.get(0)?, row.get(1)?);
        Ok(TaskRun { id, task, state: row.get(2)?, serialized_state: row.get(3)? })
    })?;
    let mut task_runs = task_runs.collect::<rusqlite::Result<Vec<_>>>()?;
    task_runs.retain(|task_run| !states::is_finished(&task_run.state));
    Ok(task_runs)
}

impl TaskRun {
    fn walk(&self, conn: &Connection, run: &str, fails: bool) -> rusqlite::Result<()> {
        let Self { id, task, .. } = self;
        self.set(conn, &State::new("Running", "Starting task run."))?;
        log(conn, run, Some(id), "INFO", &format!("Task '{task}': Starting task run..."))?;
        let (level, state, message) = if fails {
            ("ERROR", "Failed", "The parameter `fail` is true.")
        } else {
            ("INFO", "Success", "Task run succeeded.")
        };
        self.set(conn, &State::new(state, message))?;
        log(conn, run, Some(id), level, &format!("Task '{task}': {message}"))
    }

    fn set(&self, conn: &Connection, state: &State) -> rusqlite::Result<()> {
        states::set_task_run_state(conn, &self.id, state, self.serialized_state.as_deref())
    }
}

fn log(
    conn: &Connection,
    run: &str,
    task_run: Option<&str>,
    level: &str,
    message: &str,
) -> rusqlite::Result<()> {
    let now = time::now();
    let entry = Entry {
        flow_run: run,
        task_run,
        timestamp: &now,
        name: Some(LOGGER),
        level,
        message: Some(message),
        info: None,
    };
    logs::write(conn, &entry, &now)
}
