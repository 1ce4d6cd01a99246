//! `set_project_name`: unique within the tenant.

use super::Input;
use crate::error::FieldError;
use crate::rules::{rows, violation};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let project = input.required_uuid("project_id")?;
    let name = input.required("name")?;
    if !rows::set(&db.conn, rows::PROJECT_NAME, &project, name).map_err(violation)? {
        return Err(FieldError::new("Update failed"));
    }
    Ok(super::id(project))
}
