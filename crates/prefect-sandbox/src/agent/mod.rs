//! The built-in agent: walks every scheduled run to its end when its time has come, executing nothing.
//!
//! It sleeps until a run is scheduled or the next one is due; it never polls. A run whose state someone
//! else changes on the way is left alone from there on. What a run goes through is in `walk`.

mod walk;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use self::walk::STEPS;
use crate::store::{Store, StoreError};
use crate::time;

const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// Runs until the store is closed.
pub(crate) async fn run(store: Store) {
    tracing::warn!("the built-in agent simulates runs: it executes no task");
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
            tracing::info!(%run, "a run is simulated");
            for step in STEPS {
                let run = run.clone();
                store.call(move |db| walk::take(&mut db.conn, &run, step)).await??;
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
