//! `create_task_run_artifact`: of a task run that exists, and not too large.

use super::Input;
use crate::error::FieldError;
use crate::rules::artifacts;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let task_run = input.required_uuid("task_run_id")?;
    let tenant = input.uuid("tenant_id")?;
    let data = input.json("data").unwrap_or_default();
    let kind = input.required("kind")?;
    Ok(super::id(artifacts::create(&db.conn, &task_run, tenant.as_deref(), kind, &data)?))
}
