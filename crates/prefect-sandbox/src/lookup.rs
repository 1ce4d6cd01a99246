//! Queries that are not a table's: a function each, as mutations are.

use crate::error::FieldError;
use crate::mutation::{Input, Resolver};
use crate::rules::{reference, task_runs};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn find(name: &str) -> Option<Resolver> {
    match name {
        "api" => Some(|_, _| Ok(reference::api("SERVER"))),
        "reference_data" => Some(|_, _| Ok(reference::data())),
        "mapped_children" => Some(mapped_children),
        "get_task_run_info" => Some(task_run_info),
        _ => None,
    }
}

fn task_run_info(db: &mut Db, arguments: Input<'_>) -> Result<Value, FieldError> {
    let id = arguments.required_uuid("task_run_id")?;
    let info = task_runs::info(&db.conn, &id)?.ok_or_else(|| FieldError::new("Invalid task run ID"))?;
    Ok(info.into_payload())
}

/// The task run of a mapped task; of any other id, and of a child's, there are no children.
fn mapped_children(db: &mut Db, arguments: Input<'_>) -> Result<Value, FieldError> {
    let id = arguments.required_uuid("task_run_id")?;
    Ok(task_runs::mapped_children(&db.conn, &id)?)
}
