//! Flow groups: what all versions of a flow share.

use rusqlite::{Connection, OptionalExtension};

use super::{objects, rows};
use crate::error::FieldError;
use crate::value::Value;

/// Changes settings of the group of a version; names with the JSON texts of their values.
pub(crate) fn set_settings(
    conn: &Connection,
    flow: &str,
    changes: &[(&str, &str)],
) -> Result<(), FieldError> {
    let (group, settings): (String, String) = conn
        .prepare_cached(
            "SELECT g.id, g.settings FROM flow AS f JOIN flow_group AS g ON g.id = f.flow_group_id \
             WHERE f.id = ?1",
        )?
        .query_row([flow], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| FieldError::new("Invalid flow ID."))?;
    let settings = objects::with(&settings, changes).map_err(|error| {
        FieldError::new(format!("The settings of the flow group cannot be read: {error}"))
    })?;
    rows::set(conn, rows::GROUP_SETTINGS, &group, settings)?;
    Ok(())
}

/// Labels for runs, each once, in the order in which they were given.
pub(crate) fn set_labels(
    conn: &Connection,
    group: &str,
    labels: Option<Vec<String>>,
) -> rusqlite::Result<bool> {
    let labels = labels.map(|labels| {
        let mut distinct = Vec::new();
        for label in labels.into_iter().map(Value::String) {
            if !distinct.contains(&label) {
                distinct.push(label);
            }
        }
        Value::List(distinct).to_json()
    });
    rows::set(conn, rows::GROUP_LABELS, group, labels)
}

/// Another schedule, or none. What the old one scheduled is deleted.
pub(crate) fn set_schedule(conn: &Connection, group: &str, schedule: Option<&str>) -> rusqlite::Result<bool> {
    let found = rows::set(conn, rows::GROUP_SCHEDULE, group, schedule)?;
    conn.prepare_cached(
        "DELETE FROM flow_run WHERE state = 'Scheduled' AND auto_scheduled \
         AND flow_id IN (SELECT id FROM flow WHERE flow_group_id = ?1)",
    )?
    .execute([group])?;
    Ok(found)
}
