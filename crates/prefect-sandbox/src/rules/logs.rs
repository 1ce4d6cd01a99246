//! Log entries of a run.

use rusqlite::{Connection, params};

use super::new_id;
use crate::time;

pub(crate) fn write(conn: &Connection, run: &str, name: &str, message: &str) -> rusqlite::Result<()> {
    let now = time::now();
    conn.prepare_cached(
        "INSERT INTO log (id, tenant_id, flow_run_id, timestamp, name, level, message, created, updated) \
         SELECT ?1, tenant_id, id, ?3, ?4, 'INFO', ?5, ?3, ?3 FROM flow_run WHERE id = ?2",
    )?
    .execute(params![new_id(), run, now, name, message])
    .map(drop)
}
