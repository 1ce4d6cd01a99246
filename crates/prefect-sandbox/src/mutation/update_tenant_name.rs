//! `update_tenant_name`: names need not be unique.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let tenant = input.required_uuid("tenant_id")?;
    if !rows::set(&db.conn, rows::TENANT_NAME, &tenant, input.required("name")?)? {
        return Err(FieldError::new("Update failed."));
    }
    Ok(super::id(tenant))
}
