//! `delete_flow_group_schedule`: and what the scheduler scheduled by it.

use super::Input;
use crate::error::FieldError;
use crate::rules::flow_groups;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let group = input.required_uuid("flow_group_id")?;
    let tx = db.conn.savepoint()?;
    let found = flow_groups::set_schedule(&tx, &group, None)?;
    tx.commit()?;
    Ok(super::success(found))
}
