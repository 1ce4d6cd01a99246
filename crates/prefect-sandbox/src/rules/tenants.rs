//! Tenants and projects.

use rusqlite::{Connection, params};

use super::{new_id, violation};
use crate::error::FieldError;
use crate::time;

pub(crate) fn create(conn: &Connection, name: &str, slug: &str) -> Result<String, FieldError> {
    if slug != slugify(slug) {
        return Err(FieldError::new("Slug must be \"slugified\" (lowercase; no spaces)"));
    }
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
