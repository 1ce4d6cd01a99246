//! `set_flow_group_run_config`: null removes it.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let group = input.required_uuid("flow_group_id")?;
    let run_config = input.json("run_config");
    Ok(super::success(rows::set(&db.conn, rows::GROUP_RUN_CONFIG, &group, run_config)?))
}
