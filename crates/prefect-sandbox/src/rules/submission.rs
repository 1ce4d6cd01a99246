//! Flows as clients submit them: one serialized flow, whose version, tasks and edges become rows.

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::registration::{self, Columns, Group, Registered};
use super::tasks::{self, NewEdge, NewTask};
use super::{flows, new_id};
use crate::error::FieldError;

/// What `create_flow` is given.
pub(crate) struct Submission<'a> {
    pub(crate) project: &'a str,
    /// JSON text.
    pub(crate) serialized_flow: &'a str,
    pub(crate) version_group: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) set_schedule_active: bool,
}

/// The parts of a serialized flow that become columns and rows.
#[derive(Deserialize)]
struct SerializedFlow<'a> {
    name: String,
    tasks: Option<Vec<NewTask>>,
    edges: Option<Vec<NewEdge>>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    environment: Option<&'a RawValue>,
    #[serde(borrow)]
    run_config: Option<&'a RawValue>,
    #[serde(borrow)]
    storage: Option<&'a RawValue>,
    #[serde(borrow)]
    schedule: Option<&'a RawValue>,
    #[serde(rename = "__version__")]
    core_version: Option<String>,
}

const OLDEST: [u64; 3] = [0, 6, 1];

/// The id of the new version, or of the newest one if the key is that of the last registration.
pub(crate) fn create(conn: &Connection, new: &Submission<'_>) -> Result<String, FieldError> {
    let flow: SerializedFlow<'_> = serde_json::from_str(new.serialized_flow)
        .map_err(|error| FieldError::new(format!("The serialized flow cannot be read: {error}")))?;
    check_version(flow.core_version.as_deref())?;
    let tenant = registration::tenant_of(conn, new.project)?;
    let version_group = match new.version_group.filter(|group| !group.is_empty()) {
        Some(group) => group.to_owned(),
        None => registration::version_group(conn, new.project, &flow.name)?.unwrap_or_else(new_id),
    };
    let group = registration::flow_group(conn, tenant.as_deref(), &version_group)?;
    let id = match known_version(conn, new, &version_group, group.as_ref())? {
        Some(id) => id,
        None => add_version(conn, new, &flow, tenant.as_deref(), &version_group, group)?,
    };
    registration::archive_others(conn, &version_group, &id)?;
    Ok(id)
}

/// The version that the last registration made, when this one has the same key.
fn known_version(
    conn: &Connection,
    new: &Submission<'_>,
    version_group: &str,
    group: Option<&Group>,
) -> rusqlite::Result<Option<String>> {
    let key = new.idempotency_key.filter(|key| !key.is_empty());
    if key.is_none() || group.and_then(Group::last_key).as_deref() != key {
        return Ok(None);
    }
    Ok(flows::live_version(conn, version_group)?.map(|flow| flow.id))
}

fn add_version(
    conn: &Connection,
    new: &Submission<'_>,
    flow: &SerializedFlow<'_>,
    tenant: Option<&str>,
    version_group: &str,
    group: Option<Group>,
) -> Result<String, FieldError> {
    let flow_group_id = match group {
        Some(group) => {
            group.set_last_key(conn, new.idempotency_key)?;
            group.id
        }
        None => registration::create_flow_group(conn, tenant, version_group, new.idempotency_key)?,
    };
    let registered = Registered {
        flow_id: new_id(),
        version: registration::next_version(conn, version_group)?,
        version_group_id: version_group.to_owned(),
        flow_group_id,
    };
    registration::insert(conn, tenant, &registered, &columns(new, flow))?;
    insert_parts(conn, tenant, &registered.flow_id, flow)?;
    // A schedule that cannot be activated does not keep the flow from being registered.
    if new.set_schedule_active
        && let Err(error) = flows::set_schedule_active(conn, &registered.flow_id)
    {
        tracing::warn!(%error, flow = registered.flow_id, "the schedule of a new flow stays inactive");
    }
    Ok(registered.flow_id)
}

/// The real server hides what is wrong with tasks and edges that come with the flow.
fn insert_parts(
    conn: &Connection,
    tenant: Option<&str>,
    id: &str,
    flow: &SerializedFlow<'_>,
) -> Result<(), FieldError> {
    tasks::insert(conn, tenant, id, flow.tasks.as_deref().unwrap_or_default())
        .and_then(|()| tasks::insert_edges(conn, tenant, id, flow.edges.as_deref().unwrap_or_default()))
        .map_err(|_| FieldError::internal())
}

fn columns<'a>(new: &Submission<'a>, flow: &'a SerializedFlow<'a>) -> Columns<'a> {
    Columns {
        project_id: new.project,
        name: &flow.name,
        description: new.description,
        archived: false,
        core_version: flow.core_version.as_deref(),
        serialized_flow: new.serialized_flow,
        parameters: flow.parameters.map_or("[]", RawValue::get),
        storage: flow.storage.map(RawValue::get),
        run_config: flow.run_config.map(RawValue::get),
        environment: flow.environment.map(RawValue::get),
        schedule: flow.schedule.map(RawValue::get),
    }
}

fn check_version(version: Option<&str>) -> Result<(), FieldError> {
    let Some(version) = version.filter(|version| numbers(version) < OLDEST) else { return Ok(()) };
    Err(FieldError::new(format!(
        "Prefect backends require new flows to be built with Prefect 0.6.1+, \
         but this flow was built with Prefect {version}."
    )))
}

/// The first three numbers of a version: 1.4.1 of `1.4.1+9.g1234`.
fn numbers(version: &str) -> [u64; 3] {
    let release = version.split('+').next().unwrap_or_default();
    let mut parts = release.split('.').map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or_default()
    });
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(check_version(Some("0.6.0")).is_err());
        for version in ["0.6.1", "0.10.7", "1.4.1+9.g123", "2.0"] {
            assert!(check_version(Some(version)).is_ok(), "{version}");
        }
    }
}
