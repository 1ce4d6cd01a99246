//! `archive_flow`: no run can be made of the version any more; runs still waiting are cancelled.

use super::Input;
use crate::error::FieldError;
use crate::rules::flows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let flow = input.required_uuid("flow_id")?;
    let tx = db.conn.savepoint()?;
    let found = flows::archive(&tx, &flow)?;
    tx.commit()?;
    Ok(Value::object([("success", Value::Bool(found))]))
}
