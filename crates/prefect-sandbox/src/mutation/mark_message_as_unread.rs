//! `mark_message_as_unread`: false when there is none.

use super::Input;
use crate::error::FieldError;
use crate::rules::rows;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let id = input.required_uuid("message_id")?;
    Ok(super::success(rows::set(&db.conn, rows::MESSAGE_READ, &id, false)?))
}
