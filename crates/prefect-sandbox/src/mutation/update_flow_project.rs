//! `update_flow_project`: to another project of the same tenant.

use super::Input;
use crate::error::FieldError;
use crate::rules::flows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let (flow, project) = (input.required_uuid("flow_id")?, input.required_uuid("project_id")?);
    if !flows::set_project(&db.conn, &flow, &project)? {
        return Err(FieldError::new("Invalid flow or project ID."));
    }
    Ok(super::id(flow))
}
