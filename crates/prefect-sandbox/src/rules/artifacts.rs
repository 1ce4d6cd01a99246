//! Artifacts of task runs.

use rusqlite::{Connection, OptionalExtension, params};

use super::new_id;
use crate::error::FieldError;
use crate::time;

const MAX_SIZE: usize = 1_000_000;

/// `data` is JSON text.
pub(crate) fn create(
    conn: &Connection,
    task_run: &str,
    tenant: Option<&str>,
    kind: &str,
    data: &str,
) -> Result<String, FieldError> {
    if data.len() > MAX_SIZE {
        return Err(FieldError::new(format!("Artifact data payload exceeds {MAX_SIZE} bytes limit.")));
    }
    let owner: Option<String> = conn
        .prepare_cached("SELECT tenant_id FROM task_run WHERE id = ?1")?
        .query_row([task_run], |row| row.get(0))
        .optional()?
        .ok_or_else(|| FieldError::new(format!("Task run {task_run} not found")))?;
    if tenant.is_some() && tenant != owner.as_deref() {
        return Err(FieldError::new("Invalid tenant ID."));
    }
    let id = new_id();
    conn.prepare_cached(
        "INSERT INTO task_run_artifact (id, tenant_id, task_run_id, kind, data, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?
    .execute(params![id, owner, task_run, kind, data, time::now()])?;
    Ok(id)
}
