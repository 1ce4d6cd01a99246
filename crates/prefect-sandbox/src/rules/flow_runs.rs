//! New flow runs: the row, its task runs, its first state.

use rusqlite::{Connection, OptionalExtension, params};

use super::flows::Flow;
use super::states::{self, State};
use super::{new_id, task_runs};
use crate::time;

/// A run with everything resolved. JSON columns are texts.
pub(crate) struct NewFlowRun {
    pub(crate) parameters: String,
    pub(crate) context: String,
    pub(crate) labels: String,
    pub(crate) run_config: Option<String>,
    pub(crate) name: String,
    pub(crate) scheduled_start_time: String,
    pub(crate) idempotency_key: Option<String>,
}

/// The run's id, and whether it is new: a key that the flow knows answers the run that has it.
pub(crate) fn create(conn: &Connection, flow: &Flow, new: &NewFlowRun) -> rusqlite::Result<(String, bool)> {
    if let Some(key) = &new.idempotency_key
        && let Some(id) = touch_existing(conn, &flow.id, key)?
    {
        return Ok((id, false));
    }
    let id = new_id();
    conn.prepare_cached(
        "INSERT INTO flow_run (id, tenant_id, flow_id, parameters, context, labels, run_config, name, \
         scheduled_start_time, idempotency_key, auto_scheduled, version, times_resurrected, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0, ?11, ?11)",
    )?
    .execute(params![
        id,
        flow.tenant_id,
        flow.id,
        new.parameters,
        new.context,
        new.labels,
        new.run_config,
        new.name,
        new.scheduled_start_time,
        new.idempotency_key,
        time::now(),
    ])?;
    task_runs::create_all(conn, &id, &flow.id)?;
    states::set_flow_run_state(conn, &id, &State::scheduled(&new.scheduled_start_time))?;
    Ok((id, true))
}

/// The real server's upsert rewrites the key, which moves `updated`.
fn touch_existing(conn: &Connection, flow: &str, key: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached(
        "UPDATE flow_run SET updated = ?3 WHERE flow_id = ?1 AND idempotency_key = ?2 RETURNING id",
    )?
    .query_row(params![flow, key, time::now()], |row| row.get(0))
    .optional()
}
