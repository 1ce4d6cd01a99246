//! `set_flow_run_states`: each state on its own; one that fails fails the field, those before it stay.
//!
//! The given `version` is ignored, as on the public server.

use std::time::{Duration, Instant};

use super::Input;
use crate::error::FieldError;
use crate::rules::states::{self, State};
use crate::store::Db;
use crate::value::Value;

const MAX_STATE: usize = 1_000_000;
const SUBMISSION_LOCK: Duration = Duration::from_secs(30);

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let mut answers = Vec::new();
    for entry in input.inputs("states") {
        let run = entry.required_uuid("flow_run_id")?;
        let state = entry.json("state").unwrap_or_default();
        set_one(db, &run, &state)?;
        answers.push(Value::object([
            ("id", Value::string(run)),
            ("status", Value::string("SUCCESS")),
            ("message", Value::Null),
        ]));
    }
    Ok(Value::object([("states", Value::List(answers))]))
}

fn set_one(db: &mut Db, run: &str, state: &str) -> Result<(), FieldError> {
    if state.len() > MAX_STATE {
        return Err(FieldError::new("State payload is too large."));
    }
    let state = State::from_json(state)?;
    if state.name == "Submitted" {
        lock_submission(db, run)?;
    }
    let tx = db.conn.savepoint()?;
    if states::current(&tx, run)?.is_none() {
        return Err(FieldError::new(format!("State update failed for flow run ID {run}")));
    }
    states::set_flow_run_state(&tx, run, &state)?;
    tx.commit()?;
    db.run_scheduled |= state.name == "Scheduled";
    Ok(())
}

/// Two agents must not submit the same run: the second one within half a minute is refused.
fn lock_submission(db: &mut Db, run: &str) -> Result<(), FieldError> {
    db.submitted.retain(|_, at| at.elapsed() < SUBMISSION_LOCK);
    match db.submitted.insert(run.to_owned(), Instant::now()) {
        Some(at) => {
            db.submitted.insert(run.to_owned(), at);
            Err(FieldError::new("State update failed: this run has already been submitted."))
        }
        None => Ok(()),
    }
}
