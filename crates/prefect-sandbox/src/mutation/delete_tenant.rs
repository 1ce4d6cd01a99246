//! `delete_tenant`: with everything in it, when it is confirmed.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    if !input.flag("confirm").unwrap_or_default() {
        return Err(FieldError::new("Must pass `confirm=True` to proceed."));
    }
    let id = input.required_uuid("tenant_id")?;
    Ok(super::success(rows::delete(&db.conn, rows::TENANT, &id)?))
}
