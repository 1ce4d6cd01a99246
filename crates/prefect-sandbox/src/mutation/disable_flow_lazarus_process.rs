//! `disable_flow_lazarus_process`: a setting of the version's flow group.

use super::Input;
use crate::error::FieldError;
use crate::rules::flow_groups;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let flow = input.required_uuid("flow_id")?;
    flow_groups::set_settings(&db.conn, &flow, &[("lazarus_enabled", "false")])?;
    Ok(super::success(true))
}
