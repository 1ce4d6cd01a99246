//! `delete_message`: false when there is none.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let id = input.required_uuid("message_id")?;
    Ok(super::success(rows::delete(&db.conn, rows::MESSAGE, &id)?))
}
