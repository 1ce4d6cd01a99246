//! `create_agent_config`: settings that agents can be registered with.

use super::Input;
use crate::error::FieldError;
use crate::rules::agents;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let tenant = input.required_uuid("tenant_id")?;
    let settings = input.json("settings").unwrap_or_else(|| "{}".to_owned());
    Ok(super::id(agents::create_config(&db.conn, &tenant, input.text("name"), &settings)?))
}
