//! `update_tenant_slug`: unique, and a slug.

use super::Input;
use crate::error::FieldError;
use crate::rules::{rows, tenants, violation};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let tenant = input.required_uuid("tenant_id")?;
    let slug = input.required("slug")?;
    tenants::check_slug(slug)?;
    if !rows::set(&db.conn, rows::TENANT_SLUG, &tenant, slug).map_err(violation)? {
        return Err(FieldError::new("Update failed."));
    }
    Ok(super::id(tenant))
}
