//! Agents and their configurations.

use rusqlite::{Connection, OptionalExtension, params};

use super::{new_id, violation};
use crate::error::FieldError;
use crate::time;

/// What an agent says of itself. `labels` is JSON text.
pub(crate) struct NewAgent<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) core_version: Option<&'a str>,
    pub(crate) labels: &'a str,
    pub(crate) config: Option<&'a str>,
}

/// The id of the agent: the known one that says the same of itself, or a new one.
pub(crate) fn register(conn: &Connection, new: &NewAgent<'_>) -> Result<String, FieldError> {
    // A name or version that is not given matches any, as comparisons with null do on the real server.
    let known = conn
        .prepare_cached(
            "SELECT id FROM agent WHERE tenant_id = ?1 AND type = ?2 AND labels = ?3 \
             AND (?4 IS NULL OR name = ?4) AND (?5 IS NULL OR core_version = ?5) ORDER BY seq LIMIT 1",
        )?
        .query_row(params![new.tenant, new.kind, new.labels, new.name, new.core_version], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id = new_id();
    conn.prepare_cached(
        "INSERT INTO agent (id, tenant_id, type, labels, name, core_version, agent_config_id, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
    )?
    .execute(params![
        id,
        new.tenant,
        new.kind,
        new.labels,
        new.name,
        new.core_version,
        new.config,
        time::now(),
    ])
    .map_err(violation)?;
    Ok(id)
}

/// Notes that an agent asked for work.
pub(crate) fn asked(conn: &Connection, agent: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE agent SET last_queried = ?2, updated = ?2 WHERE id = ?1")?
        .execute(params![agent, time::now()])
        .map(drop)
}

/// Notes which agent has taken a run, if the agent is known.
pub(crate) fn takes(conn: &Connection, agent: &str, run: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE flow_run SET agent_id = ?1 WHERE id = ?2 AND EXISTS (SELECT 1 FROM agent WHERE id = ?1)",
    )?
    .execute(params![agent, run])
    .map(drop)
}

/// `settings` is JSON text.
pub(crate) fn create_config(
    conn: &Connection,
    tenant: &str,
    name: Option<&str>,
    settings: &str,
) -> Result<String, FieldError> {
    let id = new_id();
    conn.prepare_cached(
        "INSERT INTO agent_config (id, tenant_id, name, settings, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    )?
    .execute(params![id, tenant, name, settings, time::now()])
    .map_err(violation)?;
    Ok(id)
}

/// What is not given stays. `settings` is JSON text.
pub(crate) fn update_config(
    conn: &Connection,
    config: &str,
    name: Option<&str>,
    settings: Option<&str>,
) -> rusqlite::Result<bool> {
    let count = conn
        .prepare_cached(
            "UPDATE agent_config SET name = coalesce(?2, name), settings = coalesce(?3, settings), \
             updated = ?4 WHERE id = ?1",
        )?
        .execute(params![config, name, settings, time::now()])?;
    Ok(count > 0)
}
