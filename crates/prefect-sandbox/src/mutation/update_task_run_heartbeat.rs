//! `update_task_run_heartbeat`: the run is alive. Succeeds whether there is such a run or not.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::time;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let run = input.required_uuid("task_run_id")?;
    rows::set(&db.conn, rows::TASK_RUN_HEARTBEAT, &run, time::now())?;
    Ok(super::success(true))
}
