//! `<table>_aggregate`: figures of the rows that match, and the rows themselves.
//!
//! `where`, `distinct_on`, `limit` and `offset` choose the rows first; the figures are of what is left.

use super::rows::{Link, comparable};
use super::select::{json_object, type_name};
use super::statement::Statement;
use crate::catalog::Table;
use crate::error::FieldError;
use crate::request::arguments::arguments;
use crate::request::selection::Selected;
use crate::value::Value;

impl Statement<'_> {
    pub(super) fn aggregate(
        &mut self,
        table: &Table,
        arguments: &Value,
        link: Option<Link<'_>>,
        selected: &[Selected<'_>],
    ) -> Result<String, FieldError> {
        self.grow(selected.len())?;
        json_object(selected, |selected| {
            let below = selected.below(self.scope.document, self.scope.variables);
            match name(selected) {
                "nodes" => self.list(table, arguments, link, &below),
                "aggregate" => self.figures(table, arguments, link, &below),
                _ => Ok(type_name(&format!("{}_aggregate", table.name))),
            }
        })
    }

    fn figures(
        &mut self,
        table: &Table,
        arguments: &Value,
        link: Option<Link<'_>>,
        selected: &[Selected<'_>],
    ) -> Result<String, FieldError> {
        let rows = self.rows(table, arguments, link)?;
        let alias = self.alias()?;
        self.grow(selected.len())?;
        let object = json_object(selected, |selected| self.figure(table, &alias, selected))?;
        // Always one row, as count(*) makes an aggregate of whatever is selected.
        Ok(format!(
            "(SELECT iif(count(*) >= 0, {object}, '') FROM ({rows}) AS {alias}o \
             CROSS JOIN {name} AS {alias} ON {alias}.seq = {alias}o.k)",
            name = table.name
        ))
    }

    fn figure(&mut self, table: &Table, alias: &str, selected: &Selected<'_>) -> Result<String, FieldError> {
        let function_name = name(selected);
        match function_name {
            "__typename" => Ok(type_name(&format!("{}_aggregate_fields", table.name))),
            "count" => {
                let arguments = selected.field().map(|field| arguments(field, self.scope.variables));
                count(table, alias, &arguments.unwrap_or(Value::Null))
            }
            _ => {
                let below = selected.below(self.scope.document, self.scope.variables);
                self.grow(below.len())?;
                json_object(&below, |selected| match table.column(name(selected)) {
                    Some((column, _)) => {
                        let expression = function(function_name, &format!("{alias}.{column}"));
                        let expression = expression.ok_or_else(|| FieldError::not_served(function_name))?;
                        Ok(format!("json_quote({expression})"))
                    }
                    None => Ok(type_name(&format!("{}_{function_name}_fields", table.name))),
                })
            }
        }
    }
}

fn name<'a>(selected: &Selected<'a>) -> &'a str {
    selected.field().map_or("__typename", |field| field.name.as_str())
}

/// Rows; with one column those where it is not null, with `distinct` as many as there are different ones.
fn count(table: &Table, alias: &str, arguments: &Value) -> Result<String, FieldError> {
    let mut columns = Vec::new();
    for name in arguments.get("columns").map(Value::as_list).unwrap_or_default() {
        let column = name.as_str().and_then(|name| table.column(name));
        let (column, ty) = column.ok_or_else(|| FieldError::new("count names no column"))?;
        columns.push(comparable(alias, column, ty));
    }
    let distinct = arguments.get("distinct") == Some(&Value::Bool(true));
    Ok(match (columns.as_slice(), distinct) {
        ([], _) => "count(*)".to_owned(),
        ([column], false) => format!("count({column})"),
        ([column], true) => format!("count(DISTINCT {column})"),
        // A tuple is not null even if all of its columns are.
        (_, false) => "count(*)".to_owned(),
        (columns, true) => format!("count(DISTINCT json_array({}))", columns.join(", ")),
    })
}

/// A SQL expression for an aggregate function of the schema.
pub(super) fn function(name: &str, column: &str) -> Option<String> {
    let squares = format!("max(0.0, sum({column} * {column}) - sum({column}) * avg({column}))");
    let population = format!("({squares} / count({column}))");
    let sample = format!("({squares} / nullif(count({column}) - 1, 0))");
    Some(match name {
        "min" | "max" | "sum" | "avg" => format!("{name}({column})"),
        "var_pop" => population,
        "var_samp" | "variance" => sample,
        "stddev_pop" => format!("sqrt{population}"),
        "stddev" | "stddev_samp" => format!("sqrt{sample}"),
        _ => return None,
    })
}
