//! `get_or_create_task_run`: the id of the task run of a task, which is created if need be.

use super::Input;
use crate::error::FieldError;
use crate::rules::task_runs;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let (run, task) = (input.required_uuid("flow_run_id")?, input.required_uuid("task_id")?);
    let tx = db.conn.savepoint()?;
    let info = task_runs::get_or_create(&tx, &run, &task, input.integer("map_index").unwrap_or(-1));
    let Ok(Some(info)) = info else { return Err(FieldError::new("Invalid ID")) };
    tx.commit()?;
    Ok(super::id(info.id))
}
