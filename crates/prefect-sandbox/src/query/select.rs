//! What a row answers: SQL expressions that build JSON text.
//!
//! Text is concatenated instead of going through SQLite's JSON functions, so that a jsonb column
//! comes back byte for byte. No expression here may be NULL, it would swallow the whole object.

use super::rows::{Link, Rows};
use super::statement::{Alias, Column, Statement};
use crate::catalog::{ColumnType, Member, RelationshipKind, Table};
use crate::error::FieldError;
use crate::request::arguments::Arguments;
use crate::request::selection::Selected;
use crate::value::{Value, json_string};

/// SQLite limits the depth of an expression, so long concatenations are grouped.
const GROUP: usize = 40;

impl<'a> Statement<'a> {
    /// A JSON array of rows, in order.
    pub(super) fn list(&mut self, rows: Rows<'_>, selected: &[Selected<'a>]) -> Result<(), FieldError> {
        let alias = self.alias()?;
        self.push("(SELECT '[' || coalesce(group_concat(");
        self.row(rows.table, alias, selected)?;
        self.push(", ','), '') || ']'");
        self.source(rows, alias)?;
        self.push(")");
        Ok(())
    }

    /// The row with the given primary key, or null.
    pub(super) fn by_pk(
        &mut self,
        table: &Table,
        arguments: Arguments<'_>,
        selected: &[Selected<'a>],
    ) -> Result<(), FieldError> {
        let alias = self.alias()?;
        self.one(table, alias, selected, |statement| {
            statement.confine(table, alias);
            for (index, name) in table.primary_key.iter().enumerate() {
                let (Some((name, ty)), Some(value)) = (table.column(name), arguments.get(name)) else {
                    return Err(FieldError::new(format!("the key column {name} is missing")));
                };
                let value = statement.bind_as(ty, &value)?;
                let and = if index == 0 { "" } else { " AND " };
                statement.write(format_args!("{and}{alias}.{name} = {value}"));
            }
            Ok(())
        })
    }

    /// The first row for which the condition holds, or null.
    fn one(
        &mut self,
        table: &Table,
        alias: Alias,
        selected: &[Selected<'a>],
        condition: impl FnOnce(&mut Self) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        self.push("coalesce((SELECT ");
        self.row(table, alias, selected)?;
        self.write(format_args!(" FROM {} AS {alias} WHERE ", table.name));
        condition(self)?;
        self.push(" LIMIT 1), 'null')");
        Ok(())
    }

    fn row(&mut self, table: &Table, alias: Alias, selected: &[Selected<'a>]) -> Result<(), FieldError> {
        self.object(selected, |statement, selected| statement.field(table, alias, selected))
    }

    /// A JSON object: each key with its value.
    pub(super) fn object(
        &mut self,
        selected: &[Selected<'a>],
        mut value: impl FnMut(&mut Self, &Selected<'a>) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        self.grow(selected.len())?;
        if selected.is_empty() {
            self.push("'{}'");
            return Ok(());
        }
        self.push("((");
        for (index, selected) in selected.iter().enumerate() {
            self.push(match index {
                0 => "'{\"",
                _ if index % GROUP == 0 => ") || (',\"",
                _ => " || ',\"",
            });
            self.push(selected.key);
            self.push("\":' || ");
            value(self, selected)?;
        }
        self.push(") || '}')");
        Ok(())
    }

    fn field(&mut self, table: &Table, alias: Alias, selected: &Selected<'a>) -> Result<(), FieldError> {
        let field = selected.field();
        let name = field.name.as_str();
        if name == "__typename" {
            self.type_name(&table.name);
            return Ok(());
        }
        let arguments = Arguments { field, variables: self.scope.variables };
        let below = || selected.below(self.scope.document, self.scope.variables);
        match table.member(name) {
            Some(Member::Column(name, ty)) => {
                self.column(Column { alias, name, ty }, arguments);
                Ok(())
            }
            Some(Member::Relationship(relationship)) => {
                let below = below();
                self.relationship(Link { alias, relationship }, arguments, &below)
            }
            Some(Member::Aggregate(relationship)) => {
                let below = below();
                let target = self.target(relationship)?;
                let link = Some(Link { alias, relationship });
                self.aggregate(Rows { table: target, arguments, link }, &below)
            }
            None => Err(FieldError::not_served(&format!("{}.{name}", table.name))),
        }
    }

    fn column(&mut self, column: Column<'_>, arguments: Arguments<'_>) {
        match column.ty {
            ColumnType::Jsonb => match arguments.get("path").as_deref().and_then(Value::as_str) {
                Some(path) => {
                    let path = self.bind(json_path(path));
                    self.write(format_args!("coalesce({column} -> {path}, 'null')"));
                }
                None => self.write(format_args!("coalesce({column}, 'null')")),
            },
            ColumnType::Bool => self
                .write(format_args!("CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END")),
            _ => self.write(format_args!("json_quote({column})")),
        }
    }

    fn relationship(
        &mut self,
        link: Link<'_>,
        arguments: Arguments<'_>,
        selected: &[Selected<'a>],
    ) -> Result<(), FieldError> {
        let target = self.target(link.relationship)?;
        match link.relationship.kind {
            RelationshipKind::Array => {
                self.list(Rows { table: target, arguments, link: Some(link) }, selected)
            }
            RelationshipKind::Object => {
                let inner = self.alias()?;
                self.one(target, inner, selected, |statement| {
                    statement.push(&link.condition(inner));
                    Ok(())
                })
            }
        }
    }

    /// The answer to `__typename`.
    pub(super) fn type_name(&mut self, name: &str) {
        self.push(&quoted(&json_string(name)));
    }
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
