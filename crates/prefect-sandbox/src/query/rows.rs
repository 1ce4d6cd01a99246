//! Which rows, in which order: where, distinct_on, order_by, limit and offset.

use super::statement::Statement;
use crate::catalog::{ColumnType, Relationship, Table};
use crate::error::FieldError;
use crate::value::Value;

/// The row outside that a relationship's rows belong to.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) alias: &'a str,
    pub(super) relationship: &'a Relationship,
}

impl Link<'_> {
    pub(super) fn condition(&self, inner: &str) -> String {
        let pairs = self.relationship.join.iter();
        let pairs = pairs.map(|(local, remote)| format!("{inner}.{remote} = {}.{local}", self.alias));
        pairs.collect::<Vec<_>>().join(" AND ")
    }
}

impl<'a> Statement<'a> {
    /// A SELECT of the rows' `seq` as `k`, in order.
    pub(super) fn rows(
        &mut self,
        table: &Table,
        arguments: &Value,
        link: Option<Link<'_>>,
    ) -> Result<String, FieldError> {
        let alias = self.alias()?;
        let mut condition = match arguments.get("where") {
            Some(filter) => self.filter(table, &alias, filter)?,
            None => "TRUE".to_owned(),
        };
        if let Some(link) = link {
            condition = format!("{} AND {condition}", link.condition(&alias));
        }
        if let Some(tenant) = self.confinement(table, &alias) {
            condition = format!("{tenant} AND {condition}");
        }
        let order = self.order(table, &alias, arguments.get("order_by"))?;
        let limit = self.limit(arguments)?;
        let name = &table.name;
        let distinct = distinct_columns(table, &alias, arguments.get("distinct_on"))?;
        if distinct.is_empty() {
            return Ok(format!(
                "SELECT {alias}.seq AS k FROM {name} AS {alias} WHERE {condition} ORDER BY {order} {limit}"
            ));
        }
        Ok(format!(
            "SELECT k FROM (SELECT {alias}.seq AS k, \
             row_number() OVER (PARTITION BY {distinct} ORDER BY {order}) AS nth, \
             row_number() OVER (ORDER BY {order}) AS place \
             FROM {name} AS {alias} WHERE {condition}) WHERE nth = 1 ORDER BY place {limit}",
            distinct = distinct.join(", ")
        ))
    }

    /// What keeps a caller of Prefect Cloud to their tenant.
    pub(super) fn confinement(&mut self, table: &Table, alias: &str) -> Option<String> {
        let caller = self.scope.access.caller()?;
        if table.name == "tenant" {
            let tenants = caller.tenants().iter().map(Value::string).collect();
            let tenants = self.bind(Value::List(tenants).to_json());
            return Some(format!("{alias}.id IN (SELECT value FROM json_each({tenants}))"));
        }
        match table.column("tenant_id") {
            Some((column, _)) => {
                Some(format!("{alias}.{column} = {}", self.bind(caller.tenant().to_owned())))
            }
            None => Some("FALSE".to_owned()),
        }
    }

    /// Always says a limit: SQLite may drop the order of a subquery that has none.
    fn limit(&mut self, arguments: &Value) -> Result<String, FieldError> {
        let limit = match arguments.get("limit") {
            Some(value) => natural("limit", value)?,
            None => -1,
        };
        let limit = self.bind(limit);
        Ok(match arguments.get("offset") {
            Some(value) => {
                let offset = natural("offset", value)?;
                let offset = self.bind(offset);
                format!("LIMIT {limit} OFFSET {offset}")
            }
            None => format!("LIMIT {limit}"),
        })
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

fn distinct_columns(table: &Table, alias: &str, value: Option<&Value>) -> Result<Vec<String>, FieldError> {
    let names = value.map(Value::as_list).unwrap_or_default();
    names
        .iter()
        .map(|name| match name.as_str().and_then(|name| table.column(name)) {
            Some((column, ty)) => Ok(comparable(alias, column, ty)),
            None => Err(FieldError::new("distinct_on names no column")),
        })
        .collect()
}

/// A column where it is ordered or told apart: by what it means, not by its text.
pub(super) fn comparable(alias: &str, column: &str, ty: ColumnType) -> String {
    format!("{alias}.{column}{}", collation(ty))
}

/// What is to be said where text order is not the order of what the texts mean.
pub(super) fn collation(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Jsonb => " COLLATE jsonb",
        ColumnType::Interval => " COLLATE interval",
        _ => "",
    }
}
