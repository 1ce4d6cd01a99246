//! `<table>_aggregate`: figures of the rows that match, and the rows themselves.
//!
//! `where`, `distinct_on`, `limit` and `offset` choose the rows first; the figures are of what is left.

use super::rows::{Rows, comparable};
use super::statement::{Alias, Column, Statement};
use crate::catalog::Table;
use crate::error::FieldError;
use crate::request::arguments::Arguments;
use crate::request::selection::Selected;
use crate::value::Value;

impl<'a> Statement<'a> {
    pub(super) fn aggregate(&mut self, rows: Rows<'_>, selected: &[Selected<'a>]) -> Result<(), FieldError> {
        self.object(selected, |statement, selected| {
            let below = selected.below(statement.scope.document, statement.scope.variables);
            match name(selected) {
                "nodes" => statement.list(rows, &below),
                "aggregate" => statement.figures(rows, &below),
                _ => {
                    statement.type_name(&format!("{}_aggregate", rows.table.name));
                    Ok(())
                }
            }
        })
    }

    fn figures(&mut self, rows: Rows<'_>, selected: &[Selected<'a>]) -> Result<(), FieldError> {
        let alias = self.alias()?;
        // Always one row, as count(*) makes an aggregate of whatever is selected.
        self.push("(SELECT iif(count(*) >= 0, ");
        self.object(selected, |statement, selected| statement.figure(rows.table, alias, selected))?;
        self.push(", '')");
        self.source(rows, alias)?;
        self.push(")");
        Ok(())
    }

    fn figure(&mut self, table: &Table, alias: Alias, selected: &Selected<'a>) -> Result<(), FieldError> {
        match name(selected) {
            "__typename" => {
                self.type_name(&format!("{}_aggregate_fields", table.name));
                Ok(())
            }
            "count" => {
                let arguments = Arguments { field: selected.field(), variables: self.scope.variables };
                let count = count(table, alias, arguments)?;
                self.push(&count);
                Ok(())
            }
            function => {
                let below = selected.below(self.scope.document, self.scope.variables);
                self.object(&below, |statement, selected| {
                    statement.of_column(table, alias, function, selected)
                })
            }
        }
    }

    /// An aggregate function of one column.
    fn of_column(
        &mut self,
        table: &Table,
        alias: Alias,
        function_name: &str,
        selected: &Selected<'a>,
    ) -> Result<(), FieldError> {
        match table.column(name(selected)) {
            Some((column, _)) => {
                let expression = function(function_name, &format!("{alias}.{column}"));
                let expression = expression.ok_or_else(|| FieldError::not_served(function_name))?;
                self.write(format_args!("json_quote({expression})"));
            }
            None => self.type_name(&format!("{}_{function_name}_fields", table.name)),
        }
        Ok(())
    }
}

fn name<'a>(selected: &Selected<'a>) -> &'a str {
    selected.field().name.as_str()
}

/// Rows; with one column those where it is not null, with `distinct` as many as there are different ones.
fn count(table: &Table, alias: Alias, arguments: Arguments<'_>) -> Result<String, FieldError> {
    let mut columns = Vec::new();
    for name in arguments.get("columns").as_deref().map(Value::as_list).unwrap_or_default() {
        let column = name.as_str().and_then(|name| table.column(name));
        let (name, ty) = column.ok_or_else(|| FieldError::new("count names no column"))?;
        columns.push(comparable(Column { alias, name, ty }));
    }
    let distinct = arguments.get("distinct").as_deref() == Some(&Value::Bool(true));
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
