//! `create_tenant`: the slug is unique and must be a slug.

use super::Input;
use crate::error::FieldError;
use crate::rules::tenants;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let id = tenants::create(&db.conn, input.required("name")?, input.required("slug")?)?;
    Ok(Value::object([("id", Value::string(id))]))
}
