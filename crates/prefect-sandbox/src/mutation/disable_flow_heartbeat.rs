//! `disable_flow_heartbeat`: a setting of the version's flow group.

use super::Input;
use crate::error::FieldError;
use crate::rules::flow_groups;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let flow = input.required_uuid("flow_id")?;
    let settings = [("disable_heartbeat", "true"), ("heartbeat_enabled", "false")];
    flow_groups::set_settings(&db.conn, &flow, &settings)?;
    Ok(super::success(true))
}
