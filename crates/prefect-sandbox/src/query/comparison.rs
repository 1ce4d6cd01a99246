//! Comparison of a column with a value, by the type of the column.

use rusqlite::types::Value as SqlValue;
use uuid::Uuid;

use super::rows::collation;
use super::statement::{Column, Parameter, Statement};
use crate::catalog::ColumnType;
use crate::error::FieldError;
use crate::pattern::{posix, similar};
use crate::value::{Value, json_string};
use crate::{interval, time};

impl Statement<'_> {
    pub(super) fn comparison(
        &mut self,
        column: Column<'_>,
        operator: &str,
        operand: &Value,
    ) -> Result<(), FieldError> {
        match operator {
            "_is_null" => {
                let negation = if *operand == Value::Bool(true) { "" } else { "NOT " };
                self.write(format_args!("{column} IS {negation}NULL"));
                Ok(())
            }
            "_in" | "_nin" => self.membership(column, operator == "_nin", operand),
            _ if column.ty == ColumnType::Jsonb => self.jsonb(column, operator, operand),
            _ => match pattern(operator, operand.as_str().unwrap_or_default()) {
                Some(pattern) => {
                    let pattern = self.bind(pattern?);
                    let not = if operator.starts_with("_n") { "NOT " } else { "" };
                    self.write(format_args!("{not}pg_matches({column}, {pattern})"));
                    Ok(())
                }
                None => self.scalar(column, operator, operand),
            },
        }
    }

    fn scalar(&mut self, column: Column<'_>, operator: &str, operand: &Value) -> Result<(), FieldError> {
        let value = self.bind_as(column.ty, operand)?;
        let collation = collation(column.ty);
        let function = match operator {
            "_like" => "pg_like",
            "_nlike" => "NOT pg_like",
            "_ilike" => "pg_ilike",
            "_nilike" => "NOT pg_ilike",
            _ => {
                let operator = infix(operator).ok_or_else(|| not_served(operator))?;
                self.write(format_args!("{column} {operator} {value}{collation}"));
                return Ok(());
            }
        };
        self.write(format_args!("{function}({column}, {value}{collation})"));
        Ok(())
    }

    /// The list is one parameter, however long it is.
    fn membership(&mut self, column: Column<'_>, negated: bool, operand: &Value) -> Result<(), FieldError> {
        let mut texts = Vec::new();
        for value in operand.as_list() {
            texts.push(match to_sql(column.ty, value)? {
                SqlValue::Integer(number) => number.to_string(),
                SqlValue::Text(text) => json_string(&text),
                _ => "null".to_owned(),
            });
        }
        let list = self.bind(format!("[{}]", texts.join(",")));
        let not = if negated { "NOT " } else { "" };
        if column.ty != ColumnType::Jsonb {
            let collation = collation(column.ty);
            self.write(format_args!(
                "{column}{collation} {not}IN (SELECT e.value FROM json_each({list}) AS e)"
            ));
            return Ok(());
        }
        let exists = format!(
            "{not}EXISTS (SELECT 1 FROM json_each({list}) AS e WHERE jsonb_equal({column}, e.value))"
        );
        // As IN does: of a null it is unknown whether it is in a list, unless nothing is.
        if texts.is_empty() {
            self.push(&exists);
        } else {
            self.write(format_args!("iif({column} IS NULL, NULL, {exists})"));
        }
        Ok(())
    }

    fn jsonb(&mut self, column: Column<'_>, operator: &str, operand: &Value) -> Result<(), FieldError> {
        let value = match operator {
            "_has_key" | "_has_keys_any" | "_has_keys_all" => {
                Value::List(operand.as_list().to_vec()).to_json()
            }
            _ => operand.to_json(),
        };
        let value = self.bind(value);
        match operator {
            "_eq" => self.write(format_args!("jsonb_equal({column}, {value})")),
            "_neq" => self.write(format_args!("NOT jsonb_equal({column}, {value})")),
            "_contains" => self.write(format_args!("jsonb_contains({column}, {value})")),
            "_contained_in" => self.write(format_args!(
                "({column} IS NOT NULL AND jsonb_contains({value}, coalesce({column}, 'null')))"
            )),
            "_has_key" | "_has_keys_any" => self.has_keys(column, value, "EXISTS", ""),
            "_has_keys_all" => self.has_keys(column, value, "NOT EXISTS", "NOT "),
            _ => {
                let operator = infix(operator).ok_or_else(|| not_served(operator))?;
                let collation = collation(column.ty);
                self.write(format_args!("{column} {operator} {value}{collation}"));
            }
        }
        Ok(())
    }

    /// Any key is there; or, doubly negated, no key is missing.
    fn has_keys(&mut self, column: Column<'_>, keys: Parameter, outer: &str, inner: &str) {
        self.write(format_args!(
            "({column} IS NOT NULL AND {outer} (SELECT 1 FROM json_each({keys}) AS w WHERE {inner}EXISTS (\
             SELECT 1 FROM json_each({column}) AS h \
             WHERE CASE json_type({column}) WHEN 'object' THEN h.key ELSE h.value END = w.value)))"
        ));
    }

    pub(super) fn bind_as(&mut self, ty: ColumnType, value: &Value) -> Result<Parameter, FieldError> {
        let value = to_sql(ty, value)?;
        Ok(self.bind(value))
    }
}

/// The operators that SQL writes between its operands.
fn infix(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "_eq" => "=",
        "_neq" => "<>",
        "_gt" => ">",
        "_gte" => ">=",
        "_lt" => "<",
        "_lte" => "<=",
        _ => return None,
    })
}

/// The stored form of a value of a column's type.
fn to_sql(ty: ColumnType, value: &Value) -> Result<SqlValue, FieldError> {
    let text = match value {
        Value::String(text) | Value::Enum(text) | Value::Number(text) => text.as_str(),
        Value::Bool(value) => return Ok(SqlValue::Integer(i64::from(*value))),
        _ => "",
    };
    let (name, stored) = match ty {
        ColumnType::Jsonb => ("jsonb", Some(SqlValue::Text(value.to_json()))),
        ColumnType::Varchar => ("varchar", Some(SqlValue::Text(text.to_owned()))),
        ColumnType::Interval => ("interval", interval::length(text).map(|_| SqlValue::Text(text.to_owned()))),
        ColumnType::Bool => ("boolean", None),
        ColumnType::Int4 => ("integer", text.parse().ok().map(SqlValue::Integer)),
        ColumnType::Uuid => {
            ("uuid", text.parse().ok().map(|id: Uuid| SqlValue::Text(id.hyphenated().to_string())))
        }
        ColumnType::Timestamptz => ("timestamp with time zone", time::normalise(text).map(SqlValue::Text)),
    };
    stored.ok_or_else(|| FieldError::data(format!("invalid input syntax for type {name}: \"{text}\"")))
}

/// The pattern of an operator that takes one other than that of LIKE.
fn pattern(operator: &str, text: &str) -> Option<Result<String, FieldError>> {
    Some(match operator {
        "_regex" | "_nregex" => posix(text, false),
        "_iregex" | "_niregex" => posix(text, true),
        "_similar" | "_nsimilar" => similar(text),
        _ => return None,
    })
}

fn not_served(operator: &str) -> FieldError {
    FieldError::not_served(&format!("the operator {operator}"))
}
