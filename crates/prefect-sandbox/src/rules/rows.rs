//! Single rows: one column set, or the row deleted with all that hangs on it.

use rusqlite::{Connection, ToSql, params};

use crate::time;

/// A column of a table that a mutation sets.
#[derive(Clone, Copy)]
pub(crate) struct Column(&'static str);

/// A table that a mutation deletes from.
#[derive(Clone, Copy)]
pub(crate) struct Table(&'static str);

macro_rules! column {
    ($table:literal, $column:literal) => {
        Column(concat!("UPDATE ", $table, " SET ", $column, " = ?2, updated = ?3 WHERE id = ?1"))
    };
}

macro_rules! table {
    ($table:literal) => {
        Table(concat!("DELETE FROM ", $table, " WHERE id = ?1"))
    };
}

pub(crate) const ARTIFACT_DATA: Column = column!("task_run_artifact", "data");
pub(crate) const FLOW_RUN_HEARTBEAT: Column = column!("flow_run", "heartbeat");
pub(crate) const FLOW_RUN_NAME: Column = column!("flow_run", "name");
pub(crate) const FLOW_SCHEDULE_ACTIVE: Column = column!("flow", "is_schedule_active");
pub(crate) const FLOW_SERIALIZED: Column = column!("flow", "serialized_flow");
pub(crate) const GROUP_SETTINGS: Column = column!("flow_group", "settings");
pub(crate) const TASK_RUN_HEARTBEAT: Column = column!("task_run", "heartbeat");
pub(crate) const TASK_RUN_NAME: Column = column!("task_run", "name");

pub(crate) const ARTIFACT: Table = table!("task_run_artifact");

/// Whether there is such a row.
pub(crate) fn set(conn: &Connection, column: Column, id: &str, value: impl ToSql) -> rusqlite::Result<bool> {
    let count = conn.prepare_cached(column.0)?.execute(params![id, value, time::now()])?;
    Ok(count > 0)
}

/// Whether there was such a row.
pub(crate) fn delete(conn: &Connection, table: Table, id: &str) -> rusqlite::Result<bool> {
    Ok(conn.prepare_cached(table.0)?.execute([id])? > 0)
}
