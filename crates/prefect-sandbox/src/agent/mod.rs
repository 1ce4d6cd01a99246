//! The built-in agent: walks every scheduled run to its end when its time has come, executing nothing.
//!
//! It sleeps until a run is scheduled or the next one is due, and shows every half a minute that it is there, as
//! agents do that poll. A run whose state someone else changes on the way is left alone from there on. What a run
//! goes through is in `walk`. Runs that were on their way when a sandbox ended go on with the next one on its file.

mod walk;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use self::walk::STEPS;
use crate::error::FieldError;
use crate::rules::agents::{self, NewAgent};
use crate::store::{Db, Store, StoreError};
use crate::time;

const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);
/// Clients take an agent for healthy that asked for runs in the last minute.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_secs(30);

/// Makes the agent one of the tenant's, without labels, and says what it does; its id.
pub(crate) async fn register(store: &Store, tenant: Uuid) -> Result<String, FieldError> {
    tracing::warn!("the built-in agent simulates runs: it executes no task");
    let register = move |db: &mut Db| {
        let new = NewAgent {
            tenant: &tenant.to_string(),
            kind: "SandboxAgent",
            name: Some("simulated"),
            core_version: None,
            labels: "[]",
            config: None,
        };
        let id = agents::register(&db.conn, &new)?;
        agents::asked(&db.conn, &id)?;
        Ok(id)
    };
    store.call(register).await.map_err(|error| FieldError::new(error.to_string()))?
}

/// Runs until the store is closed.
pub(crate) async fn run(store: Store, id: String) {
    let mut scheduled = store.scheduled();
    if let Err(error) = resume(&store).await {
        tracing::error!(%error, "the agent cannot go on with runs that it had begun");
    }
    loop {
        scheduled.mark_unchanged();
        let next = match work(&store, &id).await {
            Ok(next) => next,
            Err(StoreError::Stopped) => return,
            Err(error) => {
                tracing::error!(%error, "the agent failed");
                store.clock().timestamp().checked_add(AFTER_FAILURE).ok()
            }
        };
        let sign_of_life = store.clock().timestamp().checked_add(SIGN_OF_LIFE).ok();
        let next = next.into_iter().chain(sign_of_life).min();
        tokio::select! {
            changed = scheduled.changed() => if changed.is_err() { return },
            () = store.clock().sleep_until(next) => {}
        }
    }
}

/// Walks the runs to their end that the end of the sandbox left on their way.
async fn resume(store: &Store) -> Result<(), StoreError> {
    for run in store.call(|db| walk::begun(&db.conn)).await?? {
        simulate(store, &run).await?;
    }
    Ok(())
}

async fn simulate(store: &Store, run: &str) -> Result<(), StoreError> {
    tracing::info!(%run, "a run is simulated");
    for step in STEPS {
        let run = run.to_owned();
        store.call(move |db| walk::take(&mut db.conn, &run, step)).await??;
    }
    Ok(())
}

/// Walks the runs that are due; when the next one is.
async fn work(store: &Store, id: &str) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let id = id.to_owned();
        let (due, next) = store.call(move |db| look(&db.conn, &id)).await??;
        if due.is_empty() {
            return Ok(next.as_deref().and_then(time::parse));
        }
        for run in due {
            simulate(store, &run).await?;
        }
    }
}

/// The runs that are due, and the time of the first one that is not.
fn look(conn: &Connection, agent: &str) -> rusqlite::Result<(Vec<String>, Option<String>)> {
    agents::asked(conn, agent)?;
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
