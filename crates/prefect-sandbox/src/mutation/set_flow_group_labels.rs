//! `set_flow_group_labels`: each once; null removes them, an empty list means no labels.

use super::Input;
use crate::error::FieldError;
use crate::rules::flow_groups;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let group = input.required_uuid("flow_group_id")?;
    let labels = input.texts("labels");
    Ok(super::success(flow_groups::set_labels(&db.conn, &group, labels)?))
}
