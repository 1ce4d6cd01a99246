//! `delete_flow_run`: with its states, task runs and logs.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let id = input.required_uuid("flow_run_id")?;
    Ok(super::success(rows::delete(&db.conn, rows::FLOW_RUN, &id)?))
}
