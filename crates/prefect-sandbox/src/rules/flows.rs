//! Flow versions as runs need them, and archiving.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::states::{self, State};
use super::{resolution, rows};
use crate::error::FieldError;
use crate::time;

/// A version of a flow with what its group adds. The JSON columns are texts.
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) tenant_id: Option<String>,
    pub(crate) archived: bool,
    pub(crate) parameters: Option<String>,
    pub(crate) run_config: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) group_labels: Option<String>,
    pub(crate) group_run_config: Option<String>,
    pub(crate) group_parameters: String,
}

const COLUMNS: &str = "f.id, f.tenant_id, f.archived, f.parameters, f.run_config, f.environment, \
                       g.labels, g.run_config, g.default_parameters";

pub(crate) fn by_id(conn: &Connection, id: &str) -> rusqlite::Result<Option<Flow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM flow AS f JOIN flow_group AS g ON g.id = f.flow_group_id WHERE f.id = ?1"
    );
    conn.prepare_cached(&sql)?.query_row([id], read).optional()
}

/// The highest unarchived version of a version group.
pub(crate) fn live_version(conn: &Connection, version_group: &str) -> rusqlite::Result<Option<Flow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM flow AS f JOIN flow_group AS g ON g.id = f.flow_group_id \
         WHERE f.version_group_id = ?1 AND NOT f.archived ORDER BY f.version DESC LIMIT 1"
    );
    conn.prepare_cached(&sql)?.query_row([version_group], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Flow> {
    Ok(Flow {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        archived: row.get(2)?,
        parameters: row.get(3)?,
        run_config: row.get(4)?,
        environment: row.get(5)?,
        group_labels: row.get(6)?,
        group_run_config: row.get(7)?,
        group_parameters: row.get(8)?,
    })
}

/// Archives a version: its auto-scheduled runs that wait are deleted, the others that wait are cancelled.
/// False when there is no such version.
pub(crate) fn archive(conn: &Connection, flow: &str) -> rusqlite::Result<bool> {
    let updated =
        conn.execute("UPDATE flow SET archived = 1, updated = ?2 WHERE id = ?1", params![flow, time::now()])?;
    delete_auto_scheduled(conn, flow)?;
    let cancelled = State::new("Cancelled", &format!("Flow {flow} was archived."));
    let mut waiting =
        conn.prepare_cached("SELECT id FROM flow_run WHERE flow_id = ?1 AND state = 'Scheduled'")?;
    let waiting: Vec<String> = waiting.query_map([flow], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for run in waiting {
        states::set_flow_run_state(conn, &run, &cancelled)?;
    }
    Ok(updated > 0)
}

/// Deletes what the scheduler scheduled and no agent has taken yet.
fn delete_auto_scheduled(conn: &Connection, flow: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM flow_run WHERE flow_id = ?1 AND state = 'Scheduled' AND auto_scheduled")?
        .execute([flow])
        .map(drop)
}

/// Activates the schedule of a version. False when there is nothing to activate.
pub(crate) fn set_schedule_active(conn: &Connection, flow: &str) -> Result<bool, FieldError> {
    let Some(found) = by_id(conn, flow)? else { return Ok(false) };
    let (schedule, group_schedule) = schedules(conn, flow)?;
    if let Some(schedule) = &schedule {
        resolution::check_schedule(&found, schedule)?;
    }
    if schedule.is_none() && group_schedule.is_none() {
        return Ok(false);
    }
    Ok(rows::set(conn, rows::FLOW_SCHEDULE_ACTIVE, flow, true)?)
}

/// Deactivates the schedule of a version; the runs that it scheduled are deleted.
pub(crate) fn set_schedule_inactive(conn: &Connection, flow: &str) -> rusqlite::Result<bool> {
    let found = rows::set(conn, rows::FLOW_SCHEDULE_ACTIVE, flow, false)?;
    delete_auto_scheduled(conn, flow)?;
    Ok(found)
}

/// The schedules of a version and of its group.
fn schedules(conn: &Connection, flow: &str) -> rusqlite::Result<(Option<String>, Option<String>)> {
    conn.prepare_cached(
        "SELECT f.schedule, g.schedule FROM flow AS f JOIN flow_group AS g ON g.id = f.flow_group_id \
         WHERE f.id = ?1",
    )?
    .query_row([flow], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Moves a version to another project of its tenant. False when one of them is not there.
pub(crate) fn set_project(conn: &Connection, flow: &str, project: &str) -> rusqlite::Result<bool> {
    let count = conn
        .prepare_cached(
            "UPDATE flow SET project_id = ?2, updated = ?3 WHERE id = ?1 \
             AND tenant_id = (SELECT tenant_id FROM project WHERE id = ?2)",
        )?
        .execute(params![flow, project, time::now()])?;
    Ok(count > 0)
}
