//! `set_flow_run_labels`: sorted.

use super::Input;
use crate::error::FieldError;
use crate::rules::{rows, sorted_labels};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let run = input.required_uuid("flow_run_id")?;
    let labels = sorted_labels(input.texts("labels").unwrap_or_default());
    Ok(super::success(rows::set(&db.conn, rows::FLOW_RUN_LABELS, &run, labels)?))
}
