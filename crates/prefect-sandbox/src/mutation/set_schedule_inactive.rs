//! `set_schedule_inactive`: of a version of a flow; the runs that it scheduled and that wait are deleted.

use super::Input;
use crate::error::FieldError;
use crate::rules::flows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let flow = input.required_uuid("flow_id")?;
    let tx = db.conn.savepoint()?;
    let done = flows::set_schedule_inactive(&tx, &flow)?;
    tx.commit()?;
    Ok(super::success(done))
}
