//! `write_run_logs`: all of the entries or, when one names a run that does not exist, none.

use super::Input;
use crate::error::FieldError;
use crate::rules::logs::{self, Entry};
use crate::rules::violation;
use crate::store::Db;
use crate::time;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let now = time::now();
    let tx = db.conn.savepoint()?;
    for given in input.inputs("logs") {
        let info = given.json("info");
        if info.as_deref().is_some_and(|info| !info.starts_with('{')) {
            // The real server leaves out what is no log entry, without a word.
            continue;
        }
        let task_run = given.uuid("task_run_id")?;
        let entry = Entry {
            flow_run: &given.required_uuid("flow_run_id")?,
            task_run: task_run.as_deref(),
            timestamp: &given.time("timestamp")?.unwrap_or_else(|| now.clone()),
            name: given.text("name"),
            level: given.text("level").unwrap_or("INFO"),
            message: given.text("message"),
            info: info.as_deref(),
        };
        logs::write(&tx, &entry, &now).map_err(violation)?;
    }
    tx.commit()?;
    Ok(super::success(true))
}
