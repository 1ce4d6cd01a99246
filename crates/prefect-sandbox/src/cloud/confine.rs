//! Keeps a mutation inside its caller's tenant, by the ids in its input.
//!
//! Rows are named by `<table>_id`, in the input itself or in the elements of its lists. `tenant_id` is put in
//! where it is missing, as Cloud takes it from the credentials.

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::access::{Caller, forbidden};
use crate::catalog::Catalog;
use crate::error::FieldError;
use crate::value::Value;

/// The arguments as the mutation may see them.
pub(crate) fn confined(
    field: &str,
    arguments: Value,
    caller: &Caller,
    catalog: &Catalog,
    conn: &Connection,
) -> Result<Value, FieldError> {
    if field == "create_tenant" {
        return Err(forbidden());
    }
    let guard = Guard { caller, catalog, conn };
    let Value::Object(mut arguments) = arguments else { return Ok(arguments) };
    for (name, value) in &mut arguments {
        let Value::Object(input) = value else {
            guard.check_id(name, value.as_str())?;
            continue;
        };
        if name == "input" {
            guard.check(input)?;
            input.retain(|(name, value)| name != "tenant_id" || !value.is_null());
            if !input.iter().any(|(name, _)| name == "tenant_id") {
                input.push(("tenant_id".to_owned(), Value::string(caller.tenant())));
            }
        }
    }
    Ok(Value::Object(arguments))
}

/// Lists of the input whose elements name rows.
const ROWS: [&str; 2] = ["states", "logs"];

struct Guard<'a> {
    caller: &'a Caller,
    catalog: &'a Catalog,
    conn: &'a Connection,
}

impl Guard<'_> {
    fn check(&self, fields: &[(String, Value)]) -> Result<(), FieldError> {
        for (name, value) in fields {
            match value {
                Value::List(elements) => {
                    for element in elements {
                        self.check(element.as_object())?;
                    }
                }
                // One element stands for a list of it. Any other object is JSON, which names no rows.
                Value::Object(element) if ROWS.contains(&name.as_str()) => self.check(element)?,
                value => self.check_id(name, value.as_str())?,
            }
        }
        Ok(())
    }

    fn check_id(&self, name: &str, id: Option<&str>) -> Result<(), FieldError> {
        let (Some(table), Some(id)) = (name.strip_suffix("_id"), id) else { return Ok(()) };
        let id = id.parse().map_or_else(|_| id.to_owned(), |id: Uuid| id.hyphenated().to_string());
        let foreign = match table {
            "tenant" => id != self.caller.tenant(),
            "version_group" => self.is_foreign("flow", "version_group_id", &id)?,
            table => match self.catalog.table(table) {
                Some(table) if table.column("tenant_id").is_some() && table.column("id").is_some() => {
                    self.is_foreign(&table.name, "id", &id)?
                }
                _ => false,
            },
        };
        if foreign { Err(FieldError::new(format!("{table} {id} not found"))) } else { Ok(()) }
    }

    /// An id that nothing has is left to the mutation.
    fn is_foreign(&self, table: &str, column: &str, id: &str) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached(&format!("SELECT tenant_id IS NOT ?2 FROM {table} WHERE {column} = ?1 LIMIT 1"))?
            .query_row([id, self.caller.tenant()], |row| row.get(0))
            .optional()
            .map(Option::unwrap_or_default)
    }
}
