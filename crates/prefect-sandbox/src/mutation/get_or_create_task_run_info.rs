//! `get_or_create_task_run_info`: the task run of a task with its state; created if need be.

use super::Input;
use crate::error::FieldError;
use crate::rules::{task_runs, violation};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let (run, task) = (input.required_uuid("flow_run_id")?, input.required_uuid("task_id")?);
    let tx = db.conn.savepoint()?;
    let info = task_runs::get_or_create(&tx, &run, &task, input.integer("map_index").unwrap_or(-1))
        .map_err(violation)?
        .ok_or_else(|| FieldError::new("Invalid task ID"))?;
    tx.commit()?;
    Ok(info.into_payload())
}
