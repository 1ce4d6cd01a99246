//! Registering a flow: versions, version groups and flow groups.

use rusqlite::{Connection, OptionalExtension, params};

use super::{flows, new_id};
use crate::error::FieldError;
use crate::time;

/// A version to register. JSON columns are texts.
pub(crate) struct NewFlow {
    pub(crate) project_id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The next version of the group when not given.
    pub(crate) version: Option<i64>,
    pub(crate) archived: bool,
    /// Leaves the group's other versions as they are.
    pub(crate) keep_previous: bool,
    pub(crate) parameters: String,
    pub(crate) serialized_flow: String,
    pub(crate) storage: String,
    pub(crate) run_config: Option<String>,
    pub(crate) tasks: Vec<String>,
}

pub(crate) struct Registered {
    pub(crate) flow_id: String,
    pub(crate) version: i64,
    pub(crate) version_group_id: String,
    pub(crate) flow_group_id: String,
}

const GROUP_SETTINGS: &str = r#"{"heartbeat_enabled":true,"lazarus_enabled":true,"version_locking_enabled":false,"idempotency_key":null}"#;

pub(crate) fn register(conn: &Connection, new: &NewFlow) -> Result<Registered, FieldError> {
    let tenant: Option<Option<String>> = conn
        .query_row("SELECT tenant_id FROM project WHERE id = ?1", [&new.project_id], |row| row.get(0))
        .optional()?;
    let Some(tenant) = tenant else { return Err(FieldError::new("Invalid project.")) };
    let version_group_id = version_group(conn, new)?.unwrap_or_else(new_id);
    let flow_group_id = flow_group(conn, tenant.as_deref(), &version_group_id)?;
    let version = match new.version {
        Some(version) => version,
        None => conn.query_row(
            "SELECT coalesce(max(version), 0) + 1 FROM flow WHERE version_group_id = ?1",
            [&version_group_id],
            |row| row.get(0),
        )?,
    };
    let registered = Registered { flow_id: new_id(), version, version_group_id, flow_group_id };
    insert(conn, new, tenant.as_deref(), &registered)?;
    if !new.keep_previous {
        archive_others(conn, &registered)?;
    }
    Ok(registered)
}

/// The group of the newest version of that name in the project, archived or not.
fn version_group(conn: &Connection, new: &NewFlow) -> rusqlite::Result<Option<String>> {
    conn.query_row(
        "SELECT version_group_id FROM flow WHERE project_id = ?1 AND name = ?2 \
         ORDER BY created DESC, seq DESC LIMIT 1",
        params![new.project_id, new.name],
        |row| row.get(0),
    )
    .optional()
}

fn flow_group(conn: &Connection, tenant: Option<&str>, version_group: &str) -> rusqlite::Result<String> {
    let known = conn
        .query_row(
            "SELECT id FROM flow_group WHERE name = ?1 AND tenant_id IS ?2",
            params![version_group, tenant],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id = new_id();
    conn.execute(
        "INSERT INTO flow_group (id, tenant_id, name, settings, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        params![id, tenant, version_group, GROUP_SETTINGS, time::now()],
    )?;
    Ok(id)
}

fn insert(
    conn: &Connection,
    new: &NewFlow,
    tenant: Option<&str>,
    registered: &Registered,
) -> rusqlite::Result<()> {
    let now = time::now();
    conn.execute(
        "INSERT INTO flow (id, tenant_id, project_id, name, description, version, archived, \
         version_group_id, flow_group_id, parameters, serialized_flow, storage, run_config, core_version, \
         created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, '1.4.1', ?14, ?14)",
        params![
            registered.flow_id,
            tenant,
            new.project_id,
            new.name,
            new.description,
            registered.version,
            new.archived,
            registered.version_group_id,
            registered.flow_group_id,
            new.parameters,
            new.serialized_flow,
            new.storage,
            new.run_config,
            now,
        ],
    )?;
    for task in &new.tasks {
        conn.execute(
            "INSERT INTO task (id, tenant_id, flow_id, name, slug, type, max_retries, created, updated) \
             VALUES (?1, ?2, ?3, ?4, ?5, 'prefect.tasks.core.function.FunctionTask', 0, ?6, ?6)",
            params![new_id(), tenant, registered.flow_id, task, format!("{task}-1"), now],
        )?;
    }
    Ok(())
}

fn archive_others(conn: &Connection, registered: &Registered) -> rusqlite::Result<()> {
    let mut others = conn.prepare(
        "SELECT id FROM flow WHERE version_group_id = ?1 AND NOT archived AND id <> ?2 ORDER BY seq",
    )?;
    let others: Vec<String> = others
        .query_map([&registered.version_group_id, &registered.flow_id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for other in others {
        flows::archive(conn, &other)?;
    }
    Ok(())
}
