//! Tenants and projects.

use rusqlite::{Connection, OptionalExtension, params};

use super::{new_id, objects, rows, violation};
use crate::error::FieldError;
use crate::time;

pub(crate) fn create(conn: &Connection, name: &str, slug: &str) -> Result<String, FieldError> {
    check_slug(slug)?;
    let (id, now) = (new_id(), time::now());
    conn.prepare_cached("INSERT INTO tenant (id, name, slug, created, updated) VALUES (?1, ?2, ?3, ?4, ?4)")?
        .execute(params![id, name, slug, now])
        .map_err(violation)?;
    Ok(id)
}

pub(crate) fn create_project(
    conn: &Connection,
    tenant: &str,
    name: &str,
    description: Option<&str>,
) -> Result<String, FieldError> {
    let (id, now) = (new_id(), time::now());
    conn.prepare_cached(
        "INSERT INTO project (id, tenant_id, name, description, created, updated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    )?
    .execute(params![id, tenant, name, description, now])
    .map_err(violation)?;
    Ok(id)
}

/// Changes settings; those that are not given stay. `changes` is a JSON object.
pub(crate) fn set_settings(conn: &Connection, tenant: &str, changes: &str) -> Result<(), FieldError> {
    let settings: String = conn
        .prepare_cached("SELECT settings FROM tenant WHERE id = ?1")?
        .query_row([tenant], |row| row.get(0))
        .optional()?
        .ok_or_else(|| FieldError::new("Invalid tenant id."))?;
    let merged = objects::entries(changes).and_then(|changes| {
        let changes: Vec<(&str, &str)> =
            changes.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        objects::with(&settings, &changes)
    });
    let merged = merged.map_err(|_| FieldError::new("Settings must be a JSON object."))?;
    rows::set(conn, rows::TENANT_SETTINGS, tenant, merged)?;
    Ok(())
}

pub(crate) fn check_slug(slug: &str) -> Result<(), FieldError> {
    if slug == slugify(slug) {
        return Ok(());
    }
    Err(FieldError::new("Slug must be \"slugified\" (lowercase; no spaces)"))
}

/// Lower case, and a dash for whatever is not a letter or digit.
pub(crate) fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
