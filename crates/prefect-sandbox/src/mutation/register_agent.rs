//! `register_agent`: an agent that says the same of itself as a known one is that one.

use super::Input;
use crate::error::FieldError;
use crate::rules::agents::{self, NewAgent};
use crate::rules::sorted_labels;
use crate::store::Db;
use crate::value::Value;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let tenant = input.uuid("tenant_id")?.ok_or_else(|| FieldError::new("No tenant found."))?;
    let config = input.uuid("agent_config_id")?;
    let labels = sorted_labels(input.texts("labels").unwrap_or_default());
    let new = NewAgent {
        tenant: &tenant,
        kind: input.required("type")?,
        name: input.text("name"),
        core_version: input.sender().core_version.as_deref(),
        labels: &labels,
        config: config.as_deref(),
    };
    Ok(super::id(agents::register(&db.conn, &new)?))
}
