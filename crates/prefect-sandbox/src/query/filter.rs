//! where: the boolean structure and the way through relationships. Columns are in `comparison`.
//!
//! A part that is null counts as true (Hasura's null collapse).

use super::rows::Link;
use super::statement::Statement;
use crate::catalog::{Member, Table};
use crate::error::FieldError;
use crate::value::Value;

const TRUE: &str = "TRUE";

impl Statement<'_> {
    /// One bool_exp: all of its parts hold.
    pub(super) fn filter(
        &mut self,
        table: &Table,
        alias: &str,
        expression: &Value,
    ) -> Result<String, FieldError> {
        let mut parts = Vec::new();
        for (name, value) in expression.as_object() {
            if value.is_null() {
                continue;
            }
            let part = match name.as_str() {
                "_and" => self.each(table, alias, value, " AND ", TRUE)?,
                "_or" => self.each(table, alias, value, " OR ", "FALSE")?,
                "_not" => format!("NOT {}", self.filter(table, alias, value)?),
                name => self.member(table, alias, name, value)?,
            };
            parts.push(part);
        }
        Ok(joined(&parts, " AND ", TRUE))
    }

    fn each(
        &mut self,
        table: &Table,
        alias: &str,
        value: &Value,
        operator: &str,
        empty: &str,
    ) -> Result<String, FieldError> {
        let parts: Result<Vec<String>, FieldError> =
            value.as_list().iter().map(|element| self.filter(table, alias, element)).collect();
        Ok(joined(&parts?, operator, empty))
    }

    fn member(
        &mut self,
        table: &Table,
        alias: &str,
        name: &str,
        value: &Value,
    ) -> Result<String, FieldError> {
        match table.member(name) {
            Some(Member::Column(column, ty)) => {
                let column = [alias, ".", column].concat();
                let mut parts = Vec::new();
                for (operator, operand) in value.as_object() {
                    if !operand.is_null() {
                        parts.push(self.comparison(&column, ty, operator, operand)?);
                    }
                }
                Ok(joined(&parts, " AND ", TRUE))
            }
            Some(Member::Relationship(relationship)) => {
                let target = self.target(relationship)?;
                let inner = self.alias()?;
                let link = Link { alias, relationship }.condition(&inner);
                let condition = self.filter(target, &inner, value)?;
                let name = &target.name;
                Ok(format!("EXISTS (SELECT 1 FROM {name} AS {inner} WHERE {link} AND {condition})"))
            }
            _ => Err(FieldError::not_served(&format!("filtering {} by {name}", table.name))),
        }
    }
}

/// In pairs of brackets, and balanced: SQLite limits the depth of an expression.
fn joined(parts: &[String], operator: &str, empty: &str) -> String {
    match parts {
        [] => empty.to_owned(),
        [part] => part.clone(),
        parts if parts.len() <= 16 => format!("({})", parts.join(operator)),
        parts => {
            let (left, right) = parts.split_at(parts.len() / 2);
            format!("({}{operator}{})", joined(left, operator, empty), joined(right, operator, empty))
        }
    }
}
