//! order_by: columns of the row, of rows reached through object relationships, and aggregates of array ones.

use super::aggregate;
use super::rows::{Link, collation};
use super::statement::{Alias, Statement};
use crate::catalog::{Member, Relationship, RelationshipKind, Table};
use crate::error::FieldError;
use crate::value::Value;

/// What to order by, how it is compared, and in which direction.
///
/// The collation is apart, as SQLite does not take it over from within a subselect.
struct Term {
    expression: String,
    collation: &'static str,
    direction: &'static str,
}

impl Statement<'_> {
    /// The ORDER BY list; ends with the arrival order, so that every order is total.
    pub(super) fn order(
        &mut self,
        table: &Table,
        alias: Alias,
        order_by: Option<&Value>,
    ) -> Result<String, FieldError> {
        let mut terms = Vec::new();
        for element in order_by.map(Value::as_list).unwrap_or_default() {
            for Term { expression, collation, direction } in self.order_terms(table, alias, element)? {
                terms.push(format!("{expression}{collation} {direction}"));
            }
        }
        terms.push(format!("{alias}.seq"));
        Ok(terms.join(", "))
    }

    /// The terms of one order_by object, in the order of its fields.
    fn order_terms(&mut self, table: &Table, alias: Alias, element: &Value) -> Result<Vec<Term>, FieldError> {
        let mut terms = Vec::new();
        for (name, value) in element.as_object() {
            if value.is_null() {
                continue;
            }
            match table.member(name) {
                Some(Member::Column(column, ty)) => {
                    let expression = format!("{alias}.{column}");
                    terms.push(Term { expression, collation: collation(ty), direction: direction(value)? });
                }
                Some(Member::Relationship(relationship)) if relationship.kind == RelationshipKind::Object => {
                    terms.extend(self.order_beyond(Link { alias, relationship }, value)?);
                }
                Some(Member::Aggregate(relationship)) => {
                    terms.extend(self.order_by_aggregate(Link { alias, relationship }, value)?);
                }
                _ => return Err(FieldError::not_served(&format!("ordering {} by {name}", table.name))),
            }
        }
        Ok(terms)
    }

    /// Columns of the row that an object relationship leads to.
    fn order_beyond(&mut self, link: Link<'_>, value: &Value) -> Result<Vec<Term>, FieldError> {
        let target = self.target(link.relationship)?;
        let inner = self.alias()?;
        let terms = self.order_terms(target, inner, value)?;
        let condition = link.condition(inner);
        let name = &target.name;
        let beyond = |term: Term| {
            let Term { expression, .. } = &term;
            let expression =
                format!("(SELECT {expression} FROM {name} AS {inner} WHERE {condition} LIMIT 1)");
            Term { expression, ..term }
        };
        Ok(terms.into_iter().map(beyond).collect())
    }

    /// Aggregates of all rows that an array relationship leads to.
    fn order_by_aggregate(&mut self, link: Link<'_>, value: &Value) -> Result<Vec<Term>, FieldError> {
        let mut terms = Vec::new();
        for (function, value) in value.as_object().iter().filter(|(_, value)| !value.is_null()) {
            if function == "count" {
                let expression = self.aggregate_of(link, |_| "count(*)".to_owned())?;
                terms.push(Term { expression, collation: "", direction: direction(value)? });
                continue;
            }
            for (column, value) in value.as_object().iter().filter(|(_, value)| !value.is_null()) {
                let column = self.target_column(link.relationship, column)?;
                let expression = self.aggregate_of(link, |inner| {
                    aggregate::function(function, &format!("{inner}.{column}")).unwrap_or_default()
                })?;
                terms.push(Term { expression, collation: "", direction: direction(value)? });
            }
        }
        Ok(terms)
    }

    fn aggregate_of(
        &mut self,
        link: Link<'_>,
        expression: impl FnOnce(Alias) -> String,
    ) -> Result<String, FieldError> {
        let name = &self.target(link.relationship)?.name;
        let inner = self.alias()?;
        let condition = link.condition(inner);
        Ok(format!("(SELECT {} FROM {name} AS {inner} WHERE {condition})", expression(inner)))
    }

    fn target_column(&self, relationship: &Relationship, name: &str) -> Result<String, FieldError> {
        let target = self.target(relationship)?;
        let column = target.column(name).map(|(column, _)| column.to_owned());
        column.ok_or_else(|| FieldError::not_served(&format!("ordering by {}.{name}", target.name)))
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
