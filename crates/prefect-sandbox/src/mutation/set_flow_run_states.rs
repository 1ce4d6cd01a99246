//! `set_flow_run_states`: each state on its own; one that fails fails the field, those before it stay.
//!
//! The given `version` is ignored, as on the public server.

use jiff::SignedDuration;

use super::Input;
use crate::error::FieldError;
use crate::rules::agents;
use crate::rules::states::{self, State};
use crate::store::Db;
use crate::time;
use crate::value::Value;

const SUBMISSION_LOCK: SignedDuration = SignedDuration::from_secs(30);

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let mut answers = Vec::new();
    for entry in input.inputs("states") {
        answers.push(set_one(db, entry)?);
    }
    Ok(Value::object([("states", Value::List(answers))]))
}

fn set_one(db: &mut Db, entry: Input<'_>) -> Result<Value, FieldError> {
    let run = entry.required_uuid("flow_run_id")?;
    let state = State::from_json(&entry.json("state").unwrap_or_default())?;
    if states::current(&db.conn, &run)?.is_none() {
        return Err(FieldError::new(format!("State update failed for flow run ID {run}")));
    }
    let submitted = state.name == "Submitted";
    if submitted {
        lock_submission(db, &run)?;
    }
    let tx = db.conn.savepoint()?;
    states::set_flow_run_state(&tx, &run, &state)?;
    if let Some(agent) = entry.sender().agent_id.as_deref().filter(|_| submitted) {
        agents::takes(&tx, agent, &run)?;
    }
    tx.commit()?;
    db.run_scheduled |= state.is_scheduled();
    Ok(super::state_set(run))
}

/// Two agents must not submit the same run: the second one within half a minute is refused.
fn lock_submission(db: &mut Db, run: &str) -> Result<(), FieldError> {
    let now = time::timestamp();
    // The clock may have been put back.
    db.submitted.retain(|_, at| now.duration_since(*at).abs() < SUBMISSION_LOCK);
    match db.submitted.insert(run.to_owned(), now) {
        Some(at) => {
            db.submitted.insert(run.to_owned(), at);
            Err(FieldError::new("State update failed: this run has already been submitted."))
        }
        None => Ok(()),
    }
}
