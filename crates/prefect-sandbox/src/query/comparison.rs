//! Comparison of a column with a value, by the type of the column.

use rusqlite::types::Value as SqlValue;
use uuid::Uuid;

use super::rows::collation;
use super::statement::Statement;
use crate::catalog::ColumnType;
use crate::error::FieldError;
use crate::pattern::{posix, similar};
use crate::value::{Value, json_string};
use crate::{interval, time};

impl Statement<'_> {
    pub(super) fn comparison(
        &mut self,
        column: &str,
        ty: ColumnType,
        operator: &str,
        operand: &Value,
    ) -> Result<String, FieldError> {
        match operator {
            "_is_null" => {
                let negation = if *operand == Value::Bool(true) { "" } else { "NOT " };
                Ok(format!("{column} IS {negation}NULL"))
            }
            "_in" | "_nin" => self.membership(column, ty, operator == "_nin", operand),
            _ if ty == ColumnType::Jsonb => self.jsonb(column, operator, operand),
            _ => {
                if let Some(pattern) = pattern(operator, operand.as_str().unwrap_or_default()) {
                    let pattern = self.bind(pattern?);
                    let not = if operator.starts_with("_n") { "NOT " } else { "" };
                    return Ok(format!("{not}pg_matches({column}, {pattern})"));
                }
                let value = format!("{}{}", self.bind_as(ty, operand)?, collation(ty));
                Ok(match operator {
                    "_eq" => format!("{column} = {value}"),
                    "_neq" => format!("{column} <> {value}"),
                    "_gt" => format!("{column} > {value}"),
                    "_gte" => format!("{column} >= {value}"),
                    "_lt" => format!("{column} < {value}"),
                    "_lte" => format!("{column} <= {value}"),
                    "_like" => format!("pg_like({column}, {value})"),
                    "_nlike" => format!("NOT pg_like({column}, {value})"),
                    "_ilike" => format!("pg_ilike({column}, {value})"),
                    "_nilike" => format!("NOT pg_ilike({column}, {value})"),
                    _ => return Err(not_served(operator)),
                })
            }
        }
    }

    /// The list is one parameter, however long it is.
    fn membership(
        &mut self,
        column: &str,
        ty: ColumnType,
        negated: bool,
        operand: &Value,
    ) -> Result<String, FieldError> {
        let mut texts = Vec::new();
        for value in operand.as_list() {
            texts.push(match to_sql(ty, value)? {
                SqlValue::Integer(number) => number.to_string(),
                SqlValue::Text(text) => json_string(&text),
                _ => "null".to_owned(),
            });
        }
        let list = self.bind(format!("[{}]", texts.join(",")));
        let not = if negated { "NOT " } else { "" };
        if ty == ColumnType::Jsonb {
            let exists = format!(
                "{not}EXISTS (SELECT 1 FROM json_each({list}) AS e WHERE jsonb_equal({column}, e.value))"
            );
            // As IN does: of a null it is unknown whether it is in a list, unless nothing is.
            return Ok(if texts.is_empty() {
                exists
            } else {
                format!("iif({column} IS NULL, NULL, {exists})")
            });
        }
        let collation = collation(ty);
        Ok(format!("{column}{collation} {not}IN (SELECT e.value FROM json_each({list}) AS e)"))
    }

    fn jsonb(&mut self, column: &str, operator: &str, operand: &Value) -> Result<String, FieldError> {
        Ok(match operator {
            "_eq" => format!("jsonb_equal({column}, {})", self.bind(operand.to_json())),
            "_neq" => format!("NOT jsonb_equal({column}, {})", self.bind(operand.to_json())),
            "_gt" => self.jsonb_order(column, ">", operand),
            "_gte" => self.jsonb_order(column, ">=", operand),
            "_lt" => self.jsonb_order(column, "<", operand),
            "_lte" => self.jsonb_order(column, "<=", operand),
            "_contains" => format!("jsonb_contains({column}, {})", self.bind(operand.to_json())),
            "_contained_in" => {
                let operand = self.bind(operand.to_json());
                format!("({column} IS NOT NULL AND jsonb_contains({operand}, coalesce({column}, 'null')))")
            }
            "_has_key" | "_has_keys_any" => self.has_keys(column, operand, "EXISTS", ""),
            "_has_keys_all" => self.has_keys(column, operand, "NOT EXISTS", "NOT "),
            _ => return Err(not_served(operator)),
        })
    }

    fn jsonb_order(&mut self, column: &str, operator: &str, operand: &Value) -> String {
        let value = self.bind(operand.to_json());
        format!("{column} {operator} {value}{}", collation(ColumnType::Jsonb))
    }

    /// Any key is there; or, doubly negated, no key is missing.
    fn has_keys(&mut self, column: &str, operand: &Value, outer: &str, inner: &str) -> String {
        let keys = Value::List(operand.as_list().to_vec()).to_json();
        let keys = self.bind(keys);
        format!(
            "({column} IS NOT NULL AND {outer} (SELECT 1 FROM json_each({keys}) AS w WHERE {inner}EXISTS (\
             SELECT 1 FROM json_each({column}) AS h \
             WHERE CASE json_type({column}) WHEN 'object' THEN h.key ELSE h.value END = w.value)))"
        )
    }

    pub(super) fn bind_as(&mut self, ty: ColumnType, value: &Value) -> Result<String, FieldError> {
        let value = to_sql(ty, value)?;
        Ok(self.bind(value))
    }
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
