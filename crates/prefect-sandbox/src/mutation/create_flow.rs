//! `create_flow`: a version of a flow, from its serialized form.

use super::Input;
use crate::error::FieldError;
use crate::rules::submission::{self, Submission};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    submit(db, input, &input.json("serialized_flow").unwrap_or_default())
}

/// Registers what `serialized_flow` describes; the rest of the input is as given.
pub(super) fn submit(db: &mut Db, input: Input<'_>, serialized_flow: &str) -> Result<Value, FieldError> {
    let project = input.uuid("project_id")?.ok_or_else(|| FieldError::new("Invalid project ID"))?;
    let new = Submission {
        project: &project,
        serialized_flow,
        version_group: input.text("version_group_id"),
        description: input.text("description"),
        idempotency_key: input.text("idempotency_key"),
        set_schedule_active: input
            .flag("set_schedule_active")
            .unwrap_or(!input.is_null("set_schedule_active")),
    };
    let tx = db.conn.savepoint()?;
    let id = submission::create(&tx, &new)?;
    tx.commit()?;
    Ok(super::id(id))
}
