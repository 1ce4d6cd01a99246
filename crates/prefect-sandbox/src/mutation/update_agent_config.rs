//! `update_agent_config`: what is given is set.

use super::Input;
use crate::error::FieldError;
use crate::rules::agents;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let config = input.required_uuid("agent_config_id")?;
    let settings = input.json("settings");
    Ok(super::success(agents::update_config(&db.conn, &config, input.text("name"), settings.as_deref())?))
}
