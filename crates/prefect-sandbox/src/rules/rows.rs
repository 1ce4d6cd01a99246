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
pub(crate) const FLOW_RUN_LABELS: Column = column!("flow_run", "labels");
pub(crate) const FLOW_RUN_NAME: Column = column!("flow_run", "name");
pub(crate) const FLOW_SCHEDULE_ACTIVE: Column = column!("flow", "is_schedule_active");
pub(crate) const FLOW_SERIALIZED: Column = column!("flow", "serialized_flow");
pub(crate) const GROUP_DEFAULT_PARAMETERS: Column = column!("flow_group", "default_parameters");
pub(crate) const GROUP_DESCRIPTION: Column = column!("flow_group", "description");
pub(crate) const GROUP_LABELS: Column = column!("flow_group", "labels");
pub(crate) const GROUP_RUN_CONFIG: Column = column!("flow_group", "run_config");
pub(crate) const GROUP_SCHEDULE: Column = column!("flow_group", "schedule");
pub(crate) const GROUP_SETTINGS: Column = column!("flow_group", "settings");
pub(crate) const MESSAGE_READ: Column = column!("message", "read");
pub(crate) const PROJECT_DESCRIPTION: Column = column!("project", "description");
pub(crate) const PROJECT_NAME: Column = column!("project", "name");
pub(crate) const TASK_RUN_HEARTBEAT: Column = column!("task_run", "heartbeat");
pub(crate) const TASK_RUN_NAME: Column = column!("task_run", "name");
pub(crate) const TENANT_NAME: Column = column!("tenant", "name");
pub(crate) const TENANT_SETTINGS: Column = column!("tenant", "settings");
pub(crate) const TENANT_SLUG: Column = column!("tenant", "slug");

pub(crate) const AGENT: Table = table!("agent");
pub(crate) const AGENT_CONFIG: Table = table!("agent_config");
pub(crate) const ARTIFACT: Table = table!("task_run_artifact");
pub(crate) const FLOW: Table = table!("flow");
pub(crate) const FLOW_GROUP: Table = table!("flow_group");
pub(crate) const FLOW_RUN: Table = table!("flow_run");
pub(crate) const MESSAGE: Table = table!("message");
pub(crate) const PROJECT: Table = table!("project");
pub(crate) const TENANT: Table = table!("tenant");

/// Whether there is such a row.
pub(crate) fn set(conn: &Connection, column: Column, id: &str, value: impl ToSql) -> rusqlite::Result<bool> {
    let count = conn.prepare_cached(column.0)?.execute(params![id, value, time::now()])?;
    Ok(count > 0)
}

/// Whether there was such a row.
pub(crate) fn delete(conn: &Connection, table: Table, id: &str) -> rusqlite::Result<bool> {
    Ok(conn.prepare_cached(table.0)?.execute([id])? > 0)
}
