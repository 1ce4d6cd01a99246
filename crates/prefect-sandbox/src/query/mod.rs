//! Queries on tables: a validated selection becomes one SQL statement, its result is the answer's text.
//!
//! Driven by the catalog alone: nothing here knows a table by its name, but for `traversal`.

mod aggregate;
mod comparison;
mod filter;
mod order;
mod rows;
mod select;
mod statement;
mod traversal;

use rusqlite::Connection;
use rusqlite::params_from_iter;

use self::rows::Rows;
use self::statement::Statement;
use self::traversal::Walk;
use crate::catalog::{Catalog, Table};
use crate::error::FieldError;
use crate::execute::Scope;
use crate::request::arguments::Arguments;
use crate::request::selection::Selected;

/// What a root field of `Query` asks of the tables.
#[derive(Clone, Copy)]
pub(crate) struct Root<'a> {
    shape: Shape<'a>,
    /// What the rows come from, where it is not the table itself.
    walk: Option<Walk>,
}

#[derive(Clone, Copy)]
enum Shape<'a> {
    List(&'a Table),
    ByPk(&'a Table),
    Aggregate(&'a Table),
}

impl<'a> Root<'a> {
    pub(crate) fn find(catalog: &'a Catalog, field: &str) -> Option<Self> {
        match traversal::find(field) {
            Some((walk, field)) => Some(Self { shape: Shape::find(catalog, &field)?, walk: Some(walk) }),
            None => Some(Self { shape: Shape::find(catalog, field)?, walk: None }),
        }
    }
}

impl<'a> Shape<'a> {
    fn find(catalog: &'a Catalog, field: &str) -> Option<Self> {
        if let Some(table) = catalog.table(field) {
            return Some(Self::List(table));
        }
        if let Some(name) = field.strip_suffix("_aggregate") {
            return catalog.table(name).map(Self::Aggregate);
        }
        let table = catalog.table(field.strip_suffix("_by_pk")?)?;
        (!table.primary_key.is_empty()).then_some(Self::ByPk(table))
    }
}

/// The JSON text that a root field answers.
pub(crate) fn resolve(
    conn: &Connection,
    scope: Scope<'_>,
    root: Root<'_>,
    selected: &Selected<'_>,
) -> Result<String, FieldError> {
    let mut statement = Statement::new(scope);
    let arguments = Arguments { field: selected.field(), variables: scope.variables };
    let below = selected.below(scope.document, scope.variables);
    if let Some(walk) = root.walk {
        statement.walk(walk, arguments)?;
    }
    statement.push("SELECT ");
    match root.shape {
        Shape::List(table) => statement.list(Rows { table, arguments, link: None }, &below)?,
        Shape::ByPk(table) => statement.by_pk(table, arguments, &below)?,
        Shape::Aggregate(table) => statement.aggregate(Rows { table, arguments, link: None }, &below)?,
    }
    let sql = statement.sql();
    tracing::trace!(%sql, "compiled query");
    let mut prepared = conn.prepare_cached(sql)?;
    Ok(prepared.query_row(params_from_iter(statement.parameters()), |row| row.get(0))?)
}
