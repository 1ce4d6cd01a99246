//! `set_task_run_states`: each state on its own; one that fails fails the field, those before it stay.
//!
//! The given versions are ignored, as on the public server.

use super::Input;
use crate::error::FieldError;
use crate::rules::states::{self, State};
use crate::rules::task_runs;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let mut answers = Vec::new();
    for entry in input.inputs("states") {
        answers.push(set_one(db, entry)?);
    }
    Ok(Value::object([("states", Value::List(answers))]))
}

fn set_one(db: &mut Db, entry: Input<'_>) -> Result<Value, FieldError> {
    let id = entry.required_uuid("task_run_id")?;
    let state = State::from_json(&entry.json("state").unwrap_or_default())?;
    let tx = db.conn.savepoint()?;
    let Some(current) = task_runs::current(&tx, &id)? else {
        return Err(FieldError::new(format!("State update failed for task run ID {id}")));
    };
    if states::is_running(&state.name) && current.flow_run_state.as_deref() != Some("Running") {
        let flow_run = current.flow_run;
        return Err(FieldError::new(format!(
            "State update failed for task run ID {id}: provided a running state but associated \
             flow run {flow_run} is not in a running state."
        )));
    }
    states::set_task_run_state(&tx, &id, &state, current.serialized_state.as_deref())?;
    tx.commit()?;
    Ok(super::state_set(id))
}
