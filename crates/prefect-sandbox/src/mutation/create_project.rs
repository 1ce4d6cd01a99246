//! `create_project`: the name is unique within the tenant.

use super::Input;
use crate::error::FieldError;
use crate::rules::tenants;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let tenant = input.required_uuid("tenant_id")?;
    let id = tenants::create_project(&db.conn, &tenant, input.required("name")?, input.text("description"))?;
    Ok(Value::object([("id", Value::string(id))]))
}
