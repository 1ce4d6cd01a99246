//! `set_flow_group_schedule`: clocks for all versions of a flow, instead of their own.

use super::Input;
use crate::error::FieldError;
use crate::rules::flow_groups;
use crate::rules::schedules::{self, Clock};
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    if input.is_null("cron_clocks") || input.is_null("interval_clocks") {
        return Err(FieldError::new("'NoneType' object is not iterable"));
    }
    let mut clocks = Vec::new();
    for clock in input.inputs("cron_clocks") {
        let cron = clock.required("cron")?.to_owned();
        clocks.push(Clock::Cron { cron, parameter_defaults: clock.json("parameter_defaults") });
    }
    for clock in input.inputs("interval_clocks") {
        let seconds = clock.integer("interval").unwrap_or_default();
        clocks.push(Clock::Interval { seconds, parameter_defaults: clock.json("parameter_defaults") });
    }
    let schedule = schedules::schedule(clocks, input.text("timezone"))?;
    let group = input.required_uuid("flow_group_id")?;
    let tx = db.conn.savepoint()?;
    let found = flow_groups::set_schedule(&tx, &group, Some(&schedule))?;
    tx.commit()?;
    Ok(super::success(found))
}
