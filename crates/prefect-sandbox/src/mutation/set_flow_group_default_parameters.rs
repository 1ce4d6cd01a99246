//! `set_flow_group_default_parameters`: what runs of its flows are given unless they are told otherwise.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let group = input.required_uuid("flow_group_id")?;
    let default_parameters = input.json("parameters");
    Ok(super::success(rows::set(&db.conn, rows::GROUP_DEFAULT_PARAMETERS, &group, default_parameters)?))
}
