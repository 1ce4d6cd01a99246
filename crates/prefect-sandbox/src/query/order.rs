//! order_by: columns of the row and of rows reached through object relationships.

use super::rows::Link;
use super::statement::Statement;
use crate::catalog::{Member, RelationshipKind, Table};
use crate::error::FieldError;
use crate::value::Value;

impl Statement<'_> {
    /// The ORDER BY list; ends with the arrival order, so that every order is total.
    pub(super) fn order(
        &mut self,
        table: &Table,
        alias: &str,
        order_by: Option<&Value>,
    ) -> Result<String, FieldError> {
        let mut terms = Vec::new();
        for element in order_by.map(Value::as_list).unwrap_or_default() {
            for (name, value) in element.as_object() {
                if let Some((expression, direction)) = self.order_term(table, alias, name, value)? {
                    terms.push(format!("{expression} {direction}"));
                }
            }
        }
        terms.push(format!("{alias}.seq"));
        Ok(terms.join(", "))
    }

    fn order_term(
        &mut self,
        table: &Table,
        alias: &str,
        name: &str,
        value: &Value,
    ) -> Result<Option<(String, &'static str)>, FieldError> {
        if value.is_null() {
            return Ok(None);
        }
        match table.member(name) {
            Some(Member::Column(column, _)) => Ok(Some((format!("{alias}.{column}"), direction(value)?))),
            Some(Member::Relationship(relationship)) if relationship.kind == RelationshipKind::Object => {
                let Some((next, value)) = value.as_object().first() else { return Ok(None) };
                let target = self.target(relationship)?;
                let inner = self.alias();
                let Some((expression, direction)) = self.order_term(target, &inner, next, value)? else {
                    return Ok(None);
                };
                let condition = Link { alias, relationship }.condition(&inner);
                let name = &target.name;
                let expression =
                    format!("(SELECT {expression} FROM {name} AS {inner} WHERE {condition} LIMIT 1)");
                Ok(Some((expression, direction)))
            }
            _ => Err(FieldError::not_served(&format!("ordering {} by {name}", table.name))),
        }
    }
}

/// PostgreSQL puts nulls last when ascending and first when descending; SQLite does the opposite.
fn direction(value: &Value) -> Result<&'static str, FieldError> {
    Ok(match value.as_str() {
        Some("asc" | "asc_nulls_last") => "ASC NULLS LAST",
        Some("asc_nulls_first") => "ASC NULLS FIRST",
        Some("desc" | "desc_nulls_first") => "DESC NULLS FIRST",
        Some("desc_nulls_last") => "DESC NULLS LAST",
        _ => return Err(FieldError::new("order_by takes asc, desc and their nulls_first/nulls_last forms")),
    })
}
