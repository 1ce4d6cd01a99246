//! `set_project_description`: null removes it.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let project = input.required_uuid("project_id")?;
    if !rows::set(&db.conn, rows::PROJECT_DESCRIPTION, &project, input.text("description"))? {
        return Err(FieldError::new("Update failed"));
    }
    Ok(super::id(project))
}
