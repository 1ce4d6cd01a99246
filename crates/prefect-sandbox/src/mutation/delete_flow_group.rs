//! `delete_flow_group`: with all versions of the flow and their runs.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let id = input.required_uuid("flow_group_id")?;
    Ok(super::success(rows::delete(&db.conn, rows::FLOW_GROUP, &id)?))
}
