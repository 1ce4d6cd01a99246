//! `register_edges`: a batch of edges of a flow; those that it has are left alone.

use super::Input;
use crate::error::FieldError;
use crate::rules::tasks;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let flow = input.uuid("flow_id")?.ok_or_else(|| FieldError::new("Invalid flow ID"))?;
    let tx = db.conn.savepoint()?;
    tasks::register_edges(&tx, &flow, &input.json("serialized_edges").unwrap_or_default())?;
    tx.commit()?;
    Ok(super::success(true))
}
