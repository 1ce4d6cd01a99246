//! `update_tenant_settings`: those that are given are set, the others stay.

use super::Input;
use crate::error::FieldError;
use crate::rules::tenants;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    if input.is_null("settings") {
        return Err(FieldError::new("'NoneType' object is not iterable"));
    }
    let tenant = input.required_uuid("tenant_id")?;
    let settings = input.json("settings").unwrap_or_else(|| "{}".to_owned());
    tenants::set_settings(&db.conn, &tenant, &settings)?;
    Ok(super::id(tenant))
}
