//! `cancel_flow_run`: a running run is asked to stop, a waiting one is cancelled, a finished one stays.

use super::Input;
use crate::error::FieldError;
use crate::rules::states::{self, State};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let run = input.required_uuid("flow_run_id")?;
    let tx = db.conn.savepoint()?;
    let Some(current) = states::current(&tx, &run)? else {
        return Err(FieldError::new(format!("Invalid flow run ID: {run}.")));
    };
    let current = current.unwrap_or_default();
    let next = if states::is_finished(&current) {
        None
    } else if states::is_running(&current) {
        Some(State::new("Cancelling", "Flow run is cancelling"))
    } else {
        Some(State::new("Cancelled", "Flow run is cancelled"))
    };
    let answer = match next {
        Some(state) => {
            states::set_flow_run_state(&tx, &run, &state)?;
            state.name
        }
        None => current,
    };
    tx.commit()?;
    Ok(Value::object([("state", Value::string(answer))]))
}
