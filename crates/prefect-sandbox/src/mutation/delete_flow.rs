//! `delete_flow`: a version, with its tasks and runs.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let id = input.required_uuid("flow_id")?;
    Ok(super::success(rows::delete(&db.conn, rows::FLOW, &id)?))
}
