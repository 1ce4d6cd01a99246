//! `set_task_run_name`: a run is renamed.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let run = input.required_uuid("task_run_id")?;
    let name = input.text("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| FieldError::new("Invalid name"))?;
    Ok(super::success(rows::set(&db.conn, rows::TASK_RUN_NAME, &run, name)?))
}
