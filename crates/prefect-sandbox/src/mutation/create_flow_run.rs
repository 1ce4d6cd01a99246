//! `create_flow_run`: checks in the real server's order, then one run per (idempotency key, flow).

use rusqlite::Connection;

use super::Input;
use crate::error::FieldError;
use crate::rules::flow_runs::{self, NewFlowRun};
use crate::rules::flows::{self, Flow};
use crate::rules::{names, resolution};
use crate::store::Db;
use crate::time;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let tx = db.conn.savepoint()?;
    let flow = find_flow(&tx, input)?;
    if flow.archived {
        return Err(FieldError::new(format!("Flow {} is archived.", flow.id)));
    }
    let parameters = resolution::parameters(&flow, input.json("parameters").as_deref())?;
    let missing = resolution::missing(&flow, &parameters)?;
    if !missing.is_empty() {
        let missing: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
        let missing = missing.join(", ");
        return Err(FieldError::new(format!("Required parameters were not supplied: {{{missing}}}")));
    }
    let run_config = input.json("run_config");
    let new = NewFlowRun {
        labels: resolution::labels(&flow, input.texts("labels"), run_config.as_deref()),
        run_config: run_config.or_else(|| resolution::run_config(&flow)),
        parameters: parameters.into_text(),
        context: input.json("context").unwrap_or_else(|| "{}".to_owned()),
        name: match input.text("flow_run_name") {
            // Python's `or`: an empty name is none.
            None | Some("") => names::random(),
            Some(name) => name.to_owned(),
        },
        scheduled_start_time: input.time("scheduled_start_time")?.unwrap_or_else(time::now),
        idempotency_key: input.text("idempotency_key").map(str::to_owned),
    };
    let (id, created) = flow_runs::create(&tx, &flow, &new)?;
    tx.commit()?;
    db.run_scheduled |= created;
    Ok(Value::object([("id", Value::string(id))]))
}

fn find_flow(conn: &Connection, input: Input<'_>) -> Result<Flow, FieldError> {
    if let Some(id) = input.uuid("flow_id")? {
        return flows::by_id(conn, &id)?.ok_or_else(|| FieldError::new(format!("Flow {id} not found")));
    }
    let Some(group) = input.text("version_group_id").filter(|group| !group.is_empty()) else {
        return Err(FieldError::new("A flow id or version group ID must be provided."));
    };
    flows::live_version(conn, group)?
        .ok_or_else(|| FieldError::new(format!("Version group {group} has no unarchived flows.")))
}
