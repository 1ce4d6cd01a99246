//! Registering a flow: versions, version groups and flow groups.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;

use super::tasks::{self, NewTask};
use super::{flows, new_id, objects, rows};
use crate::error::FieldError;
use crate::time;
use crate::value::json_string;

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
    pub(crate) environment: Option<String>,
    pub(crate) tasks: Vec<String>,
}

pub(crate) struct Registered {
    pub(crate) flow_id: String,
    pub(crate) version: i64,
    pub(crate) version_group_id: String,
    pub(crate) flow_group_id: String,
}

/// The columns that a registration gives. JSON columns are texts.
pub(super) struct Columns<'a> {
    pub(super) project_id: &'a str,
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) archived: bool,
    pub(super) core_version: Option<&'a str>,
    pub(super) serialized_flow: &'a str,
    pub(super) parameters: &'a str,
    pub(super) storage: Option<&'a str>,
    pub(super) run_config: Option<&'a str>,
    pub(super) environment: Option<&'a str>,
    pub(super) schedule: Option<&'a str>,
}

const GROUP_SETTINGS: &str = r#"{"heartbeat_enabled":true,"lazarus_enabled":true,"version_locking_enabled":false,"idempotency_key":null}"#;

pub(crate) fn register(conn: &Connection, new: &NewFlow) -> Result<Registered, FieldError> {
    let tenant = tenant_of(conn, &new.project_id)?;
    let version_group_id = version_group(conn, &new.project_id, &new.name)?.unwrap_or_else(new_id);
    let flow_group_id = match flow_group(conn, tenant.as_deref(), &version_group_id)? {
        Some(group) => group.id,
        None => create_flow_group(conn, tenant.as_deref(), &version_group_id, None)?,
    };
    let version = match new.version {
        Some(version) => version,
        None => next_version(conn, &version_group_id)?,
    };
    let registered = Registered { flow_id: new_id(), version, version_group_id, flow_group_id };
    insert(conn, tenant.as_deref(), &registered, &new.columns())?;
    tasks::insert(conn, tenant.as_deref(), &registered.flow_id, &new.tasks())?;
    if !new.keep_previous {
        archive_others(conn, &registered.version_group_id, &registered.flow_id)?;
    }
    Ok(registered)
}

impl NewFlow {
    fn columns(&self) -> Columns<'_> {
        Columns {
            project_id: &self.project_id,
            name: &self.name,
            description: self.description.as_deref(),
            archived: self.archived,
            core_version: Some("1.4.1"),
            serialized_flow: &self.serialized_flow,
            parameters: &self.parameters,
            storage: Some(&self.storage),
            run_config: self.run_config.as_deref(),
            environment: self.environment.as_deref(),
            schedule: None,
        }
    }

    fn tasks(&self) -> Vec<NewTask> {
        self.tasks.iter().map(|name| NewTask::function(name)).collect()
    }
}

/// The tenant of a project that exists.
pub(super) fn tenant_of(conn: &Connection, project: &str) -> Result<Option<String>, FieldError> {
    conn.query_row("SELECT tenant_id FROM project WHERE id = ?1", [project], |row| row.get(0))
        .optional()?
        .ok_or_else(|| FieldError::new("Invalid project."))
}

pub(super) fn next_version(conn: &Connection, version_group: &str) -> rusqlite::Result<i64> {
    conn.query_row(
        "SELECT coalesce(max(version), 0) + 1 FROM flow WHERE version_group_id = ?1",
        [version_group],
        |row| row.get(0),
    )
}

/// The group of the newest version of that name in the project, archived or not.
pub(super) fn version_group(
    conn: &Connection,
    project: &str,
    name: &str,
) -> rusqlite::Result<Option<String>> {
    conn.query_row(
        "SELECT version_group_id FROM flow WHERE project_id = ?1 AND name = ?2 \
         ORDER BY created DESC, seq DESC LIMIT 1",
        params![project, name],
        |row| row.get(0),
    )
    .optional()
}

/// A flow group as registrations need it.
pub(super) struct Group {
    pub(super) id: String,
    settings: String,
}

impl Group {
    /// The key of the last registration.
    pub(super) fn last_key(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Settings {
            idempotency_key: Option<String>,
        }
        serde_json::from_str::<Settings>(&self.settings).ok()?.idempotency_key
    }

    pub(super) fn set_last_key(&self, conn: &Connection, key: Option<&str>) -> Result<(), FieldError> {
        let settings = with_key(&self.settings, key)?;
        rows::set(conn, rows::GROUP_SETTINGS, &self.id, settings)?;
        Ok(())
    }
}

fn with_key(settings: &str, key: Option<&str>) -> Result<String, FieldError> {
    let key = key.map_or_else(|| "null".to_owned(), json_string);
    objects::with(settings, &[("idempotency_key", &key)])
        .map_err(|error| FieldError::new(format!("The settings of the flow group cannot be read: {error}")))
}

/// The flow group of a version group; its name is the version group's id.
pub(super) fn flow_group(
    conn: &Connection,
    tenant: Option<&str>,
    version_group: &str,
) -> rusqlite::Result<Option<Group>> {
    conn.query_row(
        "SELECT id, settings FROM flow_group WHERE name = ?1 AND tenant_id IS ?2",
        params![version_group, tenant],
        |row| Ok(Group { id: row.get(0)?, settings: row.get(1)? }),
    )
    .optional()
}

pub(super) fn create_flow_group(
    conn: &Connection,
    tenant: Option<&str>,
    version_group: &str,
    key: Option<&str>,
) -> Result<String, FieldError> {
    let (id, settings) = (new_id(), with_key(GROUP_SETTINGS, key)?);
    conn.execute(
        "INSERT INTO flow_group (id, tenant_id, name, settings, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        params![id, tenant, version_group, settings, time::now()],
    )?;
    Ok(id)
}

pub(super) fn insert(
    conn: &Connection,
    tenant: Option<&str>,
    registered: &Registered,
    columns: &Columns<'_>,
) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO flow (id, tenant_id, version, version_group_id, flow_group_id, created, updated, \
         project_id, name, description, archived, core_version, serialized_flow, parameters, storage, \
         run_config, environment, schedule) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            registered.flow_id,
            tenant,
            registered.version,
            registered.version_group_id,
            registered.flow_group_id,
            time::now(),
            columns.project_id,
            columns.name,
            columns.description,
            columns.archived,
            columns.core_version,
            columns.serialized_flow,
            columns.parameters,
            columns.storage,
            columns.run_config,
            columns.environment,
            columns.schedule,
        ],
    )
    .map(drop)
}

/// Archives the versions of a group but one.
pub(super) fn archive_others(conn: &Connection, version_group: &str, flow: &str) -> rusqlite::Result<()> {
    let mut others = conn.prepare(
        "SELECT id FROM flow WHERE version_group_id = ?1 AND NOT archived AND id <> ?2 ORDER BY seq",
    )?;
    let others: Vec<String> =
        others.query_map([version_group, flow], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for other in others {
        flows::archive(conn, &other)?;
    }
    Ok(())
}
