//! The built-in agent: walks every scheduled run to Success when its time has come.
//!
//! It sleeps until a run is scheduled or the next one is due; it never polls. A run whose state someone
//! else changes on the way is left alone from there on.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::rules::logs::{self, Entry};
use crate::rules::states::{self, State};
use crate::store::{Store, StoreError};
use crate::time;

/// A step: the state it expects, the one it sets, the message.
type Step = (&'static str, &'static str, &'static str);

const STEPS: [Step; 3] = [
    ("Scheduled", "Submitted", "Submitted for execution"),
    ("Submitted", "Running", "Running flow."),
    ("Running", "Success", "All reference tasks succeeded."),
];
const LOGGER: &str = "prefect.sandbox";
const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// Runs until the store is closed.
pub(crate) async fn run(store: Store) {
    let mut scheduled = store.scheduled();
    loop {
        scheduled.mark_unchanged();
        let next = match work(&store).await {
            Ok(next) => next,
            Err(StoreError::Stopped) => return,
            Err(error) => {
                tracing::error!(%error, "the agent failed");
                store.clock().timestamp().checked_add(AFTER_FAILURE).ok()
            }
        };
        tokio::select! {
            changed = scheduled.changed() => if changed.is_err() { return },
            () = store.clock().sleep_until(next) => {}
        }
    }
}

/// Walks the runs that are due; when the next one is.
async fn work(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let (due, next) = store.call(|db| look(&db.conn)).await??;
        if due.is_empty() {
            return Ok(next.as_deref().and_then(time::parse));
        }
        for run in due {
            for step in STEPS {
                let run = run.clone();
                store.call(move |db| take(&mut db.conn, &run, step)).await??;
            }
        }
    }
}

/// The runs that are due, and the time of the first one that is not.
fn look(conn: &Connection) -> rusqlite::Result<(Vec<String>, Option<String>)> {
    let now = time::now();
    let mut due = conn.prepare_cached(
        "SELECT id FROM flow_run WHERE state = 'Scheduled' AND state_start_time <= ?1 \
         ORDER BY state_start_time, seq LIMIT 100",
    )?;
    let due = due.query_map([&now], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let next = conn
        .prepare_cached(
            "SELECT min(state_start_time) FROM flow_run WHERE state = 'Scheduled' AND state_start_time > ?1",
        )?
        .query_row([&now], |row| row.get::<_, Option<String>>(0))
        .optional()?;
    Ok((due, next.flatten()))
}

fn take(conn: &mut Connection, run: &str, (expected, next, message): Step) -> rusqlite::Result<()> {
    let tx = conn.savepoint()?;
    if states::current(&tx, run)?.flatten().as_deref() != Some(expected) {
        return Ok(());
    }
    if next == "Success" {
        states::set_task_run_states(&tx, run, &State::new("Running", "Starting task run."))?;
        states::set_task_run_states(&tx, run, &State::new("Success", "Task run succeeded."))?;
    }
    states::set_flow_run_state(&tx, run, &State::new(next, message))?;
    let now = time::now();
    let entry = Entry {
        flow_run: run,
        task_run: None,
        timestamp: &now,
        name: Some(LOGGER),
        level: "INFO",
        message: Some(message),
        info: None,
    };
    logs::write(&tx, &entry, &now)?;
    tx.commit()
}
