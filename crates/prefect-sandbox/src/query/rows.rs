//! Which rows, in which order: where, distinct_on, order_by, limit and offset.

use std::fmt::Write as _;

use super::statement::{Alias, Column, Statement};
use crate::catalog::{ColumnType, Relationship, Table};
use crate::error::FieldError;
use crate::request::arguments::Arguments;
use crate::value::Value;

/// Rows that are asked for: all of a table, or those that belong to a row outside, as far as the arguments say.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) table: &'a Table,
    pub(super) arguments: Arguments<'a>,
    pub(super) link: Option<Link<'a>>,
}

/// The row outside that a relationship's rows belong to.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) alias: Alias,
    pub(super) relationship: &'a Relationship,
}

impl Link<'_> {
    /// That the row with the alias `inner` belongs to the row outside.
    pub(super) fn condition(self, inner: Alias) -> String {
        let mut condition = String::with_capacity(64);
        for (local, remote) in &self.relationship.join {
            let and = if condition.is_empty() { "" } else { " AND " };
            let _ = write!(condition, "{and}{inner}.{remote} = {}.{local}", self.alias);
        }
        condition
    }
}

impl<'a> Statement<'a> {
    /// The FROM clause: the rows under an alias, in order.
    pub(super) fn source(&mut self, rows: Rows<'_>, alias: Alias) -> Result<(), FieldError> {
        self.push(" FROM (");
        self.rows(rows)?;
        // CROSS JOIN keeps the order of the rows: the outer loop is the left side.
        let name = &rows.table.name;
        self.write(format_args!(") AS {alias}o CROSS JOIN {name} AS {alias} ON {alias}.seq = {alias}o.k"));
        Ok(())
    }

    /// A SELECT of the rows' `seq` as `k`, in order.
    fn rows(&mut self, rows: Rows<'_>) -> Result<(), FieldError> {
        let Rows { table, arguments, .. } = rows;
        let alias = self.alias()?;
        let order = self.order(table, alias, arguments.get("order_by").as_deref())?;
        let distinct = distinct_columns(table, alias, arguments.get("distinct_on").as_deref())?;
        if distinct.is_empty() {
            self.write(format_args!("SELECT {alias}.seq AS k"));
            self.matching(rows, alias)?;
            self.write(format_args!(" ORDER BY {order}"));
        } else {
            // The first of each, in the order of all.
            let distinct = distinct.join(", ");
            self.write(format_args!(
                "SELECT k FROM (SELECT {alias}.seq AS k, \
                 row_number() OVER (PARTITION BY {distinct} ORDER BY {order}) AS nth"
            ));
            self.matching(rows, alias)?;
            self.write(format_args!(" ORDER BY {order} LIMIT -1) WHERE nth = 1"));
        }
        self.limit(arguments)
    }

    /// FROM and WHERE.
    fn matching(&mut self, rows: Rows<'_>, alias: Alias) -> Result<(), FieldError> {
        let Rows { table, arguments, link } = rows;
        self.write(format_args!(" FROM {} AS {alias} WHERE ", table.name));
        self.confine(table, alias);
        if let Some(link) = link {
            self.write(format_args!("{} AND ", link.condition(alias)));
        }
        match arguments.get("where") {
            Some(filter) => self.filter(table, alias, &filter),
            None => {
                self.push("TRUE");
                Ok(())
            }
        }
    }

    /// What keeps a caller of Prefect Cloud to their tenant. There has to be another condition after it.
    pub(super) fn confine(&mut self, table: &Table, alias: Alias) {
        let Some(caller) = self.scope.access.caller() else { return };
        if table.name == "tenant" {
            let tenants = caller.tenants().iter().map(Value::string).collect();
            let tenants = self.bind(Value::List(tenants).to_json());
            self.write(format_args!("{alias}.id IN (SELECT value FROM json_each({tenants})) AND "));
            return;
        }
        match table.column("tenant_id") {
            Some((column, _)) => {
                let tenant = self.bind(caller.tenant().to_owned());
                self.write(format_args!("{alias}.{column} = {tenant} AND "));
            }
            None => self.push("FALSE AND "),
        }
    }

    /// Always says a limit: SQLite may drop the order of a subquery that has none.
    fn limit(&mut self, arguments: Arguments<'_>) -> Result<(), FieldError> {
        let limit = match arguments.get("limit") {
            Some(value) => natural("limit", &value)?,
            None => -1,
        };
        let limit = self.bind(limit);
        self.write(format_args!(" LIMIT {limit}"));
        if let Some(value) = arguments.get("offset") {
            let offset = natural("offset", &value)?;
            let offset = self.bind(offset);
            self.write(format_args!(" OFFSET {offset}"));
        }
        Ok(())
    }

    /// The table that a relationship leads to.
    pub(super) fn target(&self, relationship: &Relationship) -> Result<&'a Table, FieldError> {
        let catalog = self.scope.catalog;
        catalog.table(&relationship.target).ok_or_else(|| FieldError::not_served(&relationship.target))
    }
}

fn natural(name: &str, value: &Value) -> Result<i64, FieldError> {
    match value {
        Value::Number(text) => text.parse().ok().filter(|number| *number >= 0),
        _ => None,
    }
    .ok_or_else(|| FieldError::new(format!("unexpected negative value for {name}")))
}

fn distinct_columns(table: &Table, alias: Alias, value: Option<&Value>) -> Result<Vec<String>, FieldError> {
    let names = value.map(Value::as_list).unwrap_or_default();
    names
        .iter()
        .map(|name| match name.as_str().and_then(|name| table.column(name)) {
            Some((name, ty)) => Ok(comparable(Column { alias, name, ty })),
            None => Err(FieldError::new("distinct_on names no column")),
        })
        .collect()
}

/// A column where it is ordered or told apart: by what it means, not by its text.
pub(super) fn comparable(column: Column<'_>) -> String {
    format!("{column}{}", collation(column.ty))
}

/// What is to be said where text order is not the order of what the texts mean.
pub(super) fn collation(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Jsonb => " COLLATE jsonb",
        ColumnType::Interval => " COLLATE interval",
        _ => "",
    }
}
