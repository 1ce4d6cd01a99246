//! `get_runs_in_queue`: the runs that an agent with these labels may start now.

use super::Input;
use crate::error::FieldError;
use crate::rules::{agents, queue};
use crate::store::Db;
use crate::time;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    if input.is_null("labels") {
        return Err(FieldError::new("'NoneType' object has no attribute 'sort'"));
    }
    let tenant = input.required_uuid("tenant_id")?;
    let before = input.time("before")?.unwrap_or_else(time::now);
    let labels = input.texts("labels").unwrap_or_default();
    let runs = queue::due(&db.conn, &tenant, &before, &labels)?;
    if let Some(agent) = &input.sender().agent_id {
        agents::asked(&db.conn, agent)?;
    }
    let runs = runs.into_iter().map(Value::String).collect();
    Ok(Value::object([("flow_run_ids", Value::List(runs))]))
}
