//! What a fresh sandbox holds: its tenants and, if asked for, the sample flow.

use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use crate::error::FieldError;
use crate::rules::{registration, tenants};
use crate::sandbox::{FlowSpec, ParameterSpec};

const PROJECT: &str = "My Cloud Project";
const FLOW: &str = "My Cloud Flow";

/// The id of a tenant, which is created if need be.
pub(crate) fn tenant(conn: &Connection, slug: &str) -> Result<String, FieldError> {
    let known =
        conn.query_row("SELECT id FROM tenant WHERE slug = ?1", [slug], |row| row.get(0)).optional()?;
    known.map_or_else(|| tenants::create(conn, slug, slug), Ok)
}

/// Puts the sample flow in, unless its project has it already.
pub(crate) fn sample_flow(conn: &mut Connection, tenant: &str) -> Result<(), FieldError> {
    let tx = conn.savepoint()?;
    let project = tx
        .query_row("SELECT id FROM project WHERE tenant_id = ?1 AND name = ?2", [tenant, PROJECT], |row| {
            row.get(0)
        })
        .optional()?;
    let project = project.map_or_else(
        || tenants::create_project(&tx, tenant, PROJECT, Some("Made by the sandbox")),
        Ok::<String, FieldError>,
    )?;
    let known = tx
        .query_row("SELECT 1 FROM flow WHERE project_id = ?1 AND name = ?2", [&project, FLOW], |_| Ok(()))
        .optional()?;
    if known.is_none() {
        let project = project.parse().map_err(|_| FieldError::new("the stored project id is no uuid"))?;
        let first = FlowSpec::new(project, FLOW)
            .description("Greets someone. Made by the sandbox.")
            .parameter(ParameterSpec::required("name"))
            .parameter(ParameterSpec::optional("greeting", json!("hello")))
            .task("greet");
        let second = first.clone().parameter(ParameterSpec::optional("fail", json!(false)));
        for version in [first, second] {
            registration::register(&tx, &version.into_new_flow())?;
        }
    }
    Ok(tx.commit()?)
}
