//! `update_task_run_artifact`: its data is replaced.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let artifact = input.required_uuid("task_run_artifact_id")?;
    let data = input.json("data").unwrap_or_default();
    Ok(super::success(rows::set(&db.conn, rows::ARTIFACT_DATA, &artifact, data)?))
}
