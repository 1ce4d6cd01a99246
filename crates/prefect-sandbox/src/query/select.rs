//! What a row answers: SQL expressions that build JSON text.
//!
//! Text is concatenated instead of going through SQLite's JSON functions, so that a jsonb column
//! comes back byte for byte. No expression here may be NULL, it would swallow the whole object.

use super::rows::Link;
use super::statement::Statement;
use crate::catalog::{ColumnType, Member, Relationship, RelationshipKind, Table};
use crate::error::FieldError;
use crate::request::arguments::arguments;
use crate::request::selection::Selected;
use crate::value::{Value, json_string};

/// SQLite limits the depth of an expression, so long concatenations are grouped.
const GROUP: usize = 40;

impl Statement<'_> {
    /// A JSON array of rows, in order.
    pub(super) fn list(
        &mut self,
        table: &Table,
        arguments: &Value,
        link: Option<Link<'_>>,
        selected: &[Selected<'_>],
    ) -> Result<String, FieldError> {
        let rows = self.rows(table, arguments, link)?;
        let alias = self.alias()?;
        let object = self.object(table, &alias, selected)?;
        // CROSS JOIN keeps the order of the rows: the outer loop is the left side.
        Ok(format!(
            "(SELECT '[' || coalesce(group_concat({object}, ','), '') || ']' \
             FROM ({rows}) AS {alias}o CROSS JOIN {name} AS {alias} ON {alias}.seq = {alias}o.k)",
            name = table.name
        ))
    }

    /// The row with the given primary key, or null.
    pub(super) fn by_pk(
        &mut self,
        table: &Table,
        arguments: &Value,
        selected: &[Selected<'_>],
    ) -> Result<String, FieldError> {
        let alias = self.alias()?;
        let mut conditions = Vec::new();
        for name in &table.primary_key {
            let (Some((column, ty)), Some(value)) = (table.column(name), arguments.get(name)) else {
                return Err(FieldError::new(format!("the key column {name} is missing")));
            };
            let value = self.bind_as(ty, value)?;
            conditions.push(format!("{alias}.{column} = {value}"));
        }
        conditions.extend(self.confinement(table, &alias));
        let object = self.object(table, &alias, selected)?;
        Ok(one(&object, &table.name, &alias, &conditions.join(" AND ")))
    }

    fn object(
        &mut self,
        table: &Table,
        alias: &str,
        selected: &[Selected<'_>],
    ) -> Result<String, FieldError> {
        self.grow(selected.len())?;
        json_object(selected, |selected| self.field(table, alias, selected))
    }

    fn field(&mut self, table: &Table, alias: &str, selected: &Selected<'_>) -> Result<String, FieldError> {
        let Some(field) = selected.field() else { return Ok("'null'".to_owned()) };
        let name = field.name.as_str();
        if name == "__typename" {
            return Ok(type_name(&table.name));
        }
        let arguments = arguments(field, self.scope.variables);
        match table.member(name) {
            Some(Member::Column(column, ty)) => self.column(alias, column, ty, &arguments),
            Some(Member::Relationship(relationship)) => {
                let below = selected.below(self.scope.document, self.scope.variables);
                self.relationship(alias, relationship, &arguments, &below)
            }
            Some(Member::Aggregate(relationship)) => {
                let below = selected.below(self.scope.document, self.scope.variables);
                let target = self.target(relationship)?;
                self.aggregate(target, &arguments, Some(Link { alias, relationship }), &below)
            }
            None => Err(FieldError::not_served(&format!("{}.{name}", table.name))),
        }
    }

    fn column(
        &mut self,
        alias: &str,
        column: &str,
        ty: ColumnType,
        arguments: &Value,
    ) -> Result<String, FieldError> {
        let column = [alias, ".", column].concat();
        Ok(match ty {
            ColumnType::Jsonb => match arguments.get("path").and_then(Value::as_str) {
                Some(path) => {
                    let path = self.bind(json_path(path));
                    format!("coalesce({column} -> {path}, 'null')")
                }
                None => format!("coalesce({column}, 'null')"),
            },
            ColumnType::Bool => {
                format!("CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END")
            }
            _ => ["json_quote(", &column, ")"].concat(),
        })
    }

    fn relationship(
        &mut self,
        alias: &str,
        relationship: &Relationship,
        arguments: &Value,
        selected: &[Selected<'_>],
    ) -> Result<String, FieldError> {
        let target = self.target(relationship)?;
        let link = Link { alias, relationship };
        match relationship.kind {
            RelationshipKind::Array => self.list(target, arguments, Some(link), selected),
            RelationshipKind::Object => {
                let inner = self.alias()?;
                let object = self.object(target, &inner, selected)?;
                Ok(one(&object, &target.name, &inner, &link.condition(&inner)))
            }
        }
    }
}

/// An expression for a JSON object: each key with the expression of its value.
pub(super) fn json_object<'a>(
    selected: &[Selected<'a>],
    mut value: impl FnMut(&Selected<'a>) -> Result<String, FieldError>,
) -> Result<String, FieldError> {
    if selected.is_empty() {
        return Ok("'{}'".to_owned());
    }
    let mut object = String::from("((");
    for (index, selected) in selected.iter().enumerate() {
        object.push_str(match index {
            0 => "'{\"",
            _ if index % GROUP == 0 => ") || (',\"",
            _ => " || ',\"",
        });
        object.push_str(selected.key);
        object.push_str("\":' || ");
        object.push_str(&value(selected)?);
    }
    object.push_str(") || '}')");
    Ok(object)
}

/// The answer to `__typename`.
pub(super) fn type_name(name: &str) -> String {
    quoted(&json_string(name))
}

fn one(object: &str, table: &str, alias: &str, condition: &str) -> String {
    format!("coalesce((SELECT {object} FROM {table} AS {alias} WHERE {condition} LIMIT 1), 'null')")
}

/// A SQL string literal. Only for texts of the schema; what users give is bound.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Hasura takes `a.b` and `$.a.b`.
fn json_path(path: &str) -> String {
    match path.strip_prefix('$') {
        Some(_) => path.to_owned(),
        None if path.starts_with(['.', '[']) => format!("${path}"),
        None => format!("$.{path}"),
    }
}
