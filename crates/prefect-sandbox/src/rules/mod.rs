//! What the real server does to its tables: the rules that mutations, fixtures and the agent share.
//!
//! Functions on a connection; the caller owns the transaction. No GraphQL here.

pub(crate) mod agents;
pub(crate) mod artifacts;
pub(crate) mod flow_groups;
pub(crate) mod flow_runs;
pub(crate) mod flows;
pub(crate) mod logs;
pub(crate) mod names;
pub(crate) mod objects;
mod python;
pub(crate) mod queue;
pub(crate) mod reference;
pub(crate) mod registration;
pub(crate) mod resolution;
pub(crate) mod rows;
pub(crate) mod schedules;
pub(crate) mod states;
pub(crate) mod submission;
pub(crate) mod task_runs;
pub(crate) mod tasks;
pub(crate) mod tenants;

use rusqlite::ErrorCode;

use crate::error::FieldError;
use crate::value::Value;

/// A new id in the form in which it is stored. Later ids are greater: indexes on them grow at their end.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().hyphenated().to_string()
}

/// Labels as most columns have them: a JSON list, sorted.
pub(crate) fn sorted_labels(mut labels: Vec<String>) -> String {
    labels.sort();
    Value::List(labels.into_iter().map(Value::String).collect()).to_json()
}

/// The real server's texts for what the database refuses.
pub(crate) fn violation(error: rusqlite::Error) -> FieldError {
    const FOREIGN_KEY: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY;
    match &error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation => {
            if failure.extended_code == FOREIGN_KEY {
                FieldError::new("Foreign key violation.")
            } else {
                FieldError::new("Uniqueness violation.")
            }
        }
        _ => error.into(),
    }
}
