//! where: the boolean structure and the way through relationships. Columns are in `comparison`.
//!
//! A part that is null counts as true (Hasura's null collapse).

use super::rows::Link;
use super::statement::{Alias, Column, Statement};
use crate::catalog::{Member, Table};
use crate::error::FieldError;
use crate::value::Value;

/// How parts become one condition.
#[derive(Clone, Copy)]
struct Junction {
    operator: &'static str,
    /// What holds when there are no parts.
    empty: &'static str,
}

const ALL: Junction = Junction { operator: " AND ", empty: "TRUE" };
const ANY: Junction = Junction { operator: " OR ", empty: "FALSE" };

impl Statement<'_> {
    /// One bool_exp: all of its parts hold.
    pub(super) fn filter(
        &mut self,
        table: &Table,
        alias: Alias,
        expression: &Value,
    ) -> Result<(), FieldError> {
        self.joined(&given(expression), ALL, &mut |statement, (name, value)| match name.as_str() {
            "_and" => statement.each(table, alias, value, ALL),
            "_or" => statement.each(table, alias, value, ANY),
            "_not" => {
                statement.push("NOT ");
                statement.filter(table, alias, value)
            }
            name => statement.member(table, alias, name, value),
        })
    }

    fn each(
        &mut self,
        table: &Table,
        alias: Alias,
        value: &Value,
        junction: Junction,
    ) -> Result<(), FieldError> {
        self.joined(value.as_list(), junction, &mut |statement, element| {
            statement.filter(table, alias, element)
        })
    }

    fn member(&mut self, table: &Table, alias: Alias, name: &str, value: &Value) -> Result<(), FieldError> {
        match table.member(name) {
            Some(Member::Column(name, ty)) => {
                let column = Column { alias, name, ty };
                self.joined(&given(value), ALL, &mut |statement, (operator, operand)| {
                    statement.comparison(column, operator, operand)
                })
            }
            Some(Member::Relationship(relationship)) => {
                let target = self.target(relationship)?;
                let inner = self.alias()?;
                let (name, link) = (&target.name, Link { alias, relationship }.condition(inner));
                self.write(format_args!("EXISTS (SELECT 1 FROM {name} AS {inner} WHERE {link} AND "));
                self.filter(target, inner, value)?;
                self.push(")");
                Ok(())
            }
            _ => Err(FieldError::not_served(&format!("filtering {} by {name}", table.name))),
        }
    }

    /// In pairs of brackets, and balanced: SQLite limits the depth of an expression.
    fn joined<T>(
        &mut self,
        parts: &[T],
        junction: Junction,
        each: &mut impl FnMut(&mut Self, &T) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        let (left, right) = match parts {
            [] => {
                self.push(junction.empty);
                return Ok(());
            }
            [part] => return each(self, part),
            parts => parts.split_at(parts.len() / 2),
        };
        self.push("(");
        self.joined(left, junction, each)?;
        self.push(junction.operator);
        self.joined(right, junction, each)?;
        self.push(")");
        Ok(())
    }
}

/// The fields of an object that are not null.
fn given(object: &Value) -> Vec<&(String, Value)> {
    object.as_object().iter().filter(|(_, value)| !value.is_null()).collect()
}
