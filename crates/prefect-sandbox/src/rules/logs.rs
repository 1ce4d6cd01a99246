//! Log entries of a run.

use rusqlite::{Connection, params};

use super::new_id;

/// An entry; `info` is JSON text.
pub(crate) struct Entry<'a> {
    pub(crate) flow_run: &'a str,
    pub(crate) task_run: Option<&'a str>,
    pub(crate) timestamp: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) level: &'a str,
    pub(crate) message: Option<&'a str>,
    pub(crate) info: Option<&'a str>,
}

/// An unknown run violates a foreign key.
pub(crate) fn write(conn: &Connection, entry: &Entry<'_>, now: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO log (id, tenant_id, flow_run_id, task_run_id, timestamp, name, level, message, info, \
         is_loaded_from_archive, created, updated) \
         VALUES (?1, (SELECT tenant_id FROM flow_run WHERE id = ?2), ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?9)",
    )?
    .execute(params![
        new_id(),
        entry.flow_run,
        entry.task_run,
        entry.timestamp,
        entry.name,
        entry.level,
        entry.message,
        entry.info,
        now,
    ])
    .map(drop)
}
