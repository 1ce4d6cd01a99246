//! The statement under construction: its text, its parameters and the aliases that were given out.
//!
//! The other modules write its text from front to back, each its own part.

use std::fmt::{self, Write as _};

use rusqlite::types::Value as SqlValue;

use crate::catalog::ColumnType;
use crate::error::FieldError;
use crate::execute::Scope;

/// The subselects and fields of a statement, all together. Aliases times fragments are exponentially many, and
/// the thread of the database would be busy with them for minutes. What clients ask for has less than a
/// hundred, however many runs it is about: the runs are one list.
const MOST_PARTS: usize = 20_000;

pub(super) struct Statement<'a> {
    pub(super) scope: Scope<'a>,
    sql: String,
    parameters: Vec<SqlValue>,
    aliases: usize,
    parts: usize,
}

/// What a table is called within the statement.
#[derive(Clone, Copy)]
pub(super) struct Alias(usize);

/// A column of the table that has the alias.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) alias: Alias,
    pub(super) name: &'a str,
    pub(super) ty: ColumnType,
}

/// The place of a bound value. It may stand anywhere in the text, as it carries its number.
#[derive(Clone, Copy)]
pub(super) struct Parameter(usize);

impl<'a> Statement<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Self { scope, sql: String::with_capacity(2_048), parameters: Vec::new(), aliases: 0, parts: 0 }
    }

    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    pub(super) fn write(&mut self, sql: fmt::Arguments<'_>) {
        // A String takes everything.
        let _ = self.sql.write_fmt(sql);
    }

    pub(super) fn bind(&mut self, value: impl Into<SqlValue>) -> Parameter {
        self.parameters.push(value.into());
        Parameter(self.parameters.len())
    }

    /// An alias that is new in this statement, for one more subselect.
    pub(super) fn alias(&mut self) -> Result<Alias, FieldError> {
        self.grow(1)?;
        self.aliases += 1;
        Ok(Alias(self.aliases))
    }

    /// Counts what the statement is made of, before it is made.
    pub(super) fn grow(&mut self, parts: usize) -> Result<(), FieldError> {
        self.parts = self.parts.saturating_add(parts);
        if self.parts <= MOST_PARTS {
            return Ok(());
        }
        Err(FieldError::too_large(&format!("more than {MOST_PARTS} subselects and fields")))
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    pub(super) fn parameters(&self) -> &[SqlValue] {
        &self.parameters
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("t")?;
        self.0.fmt(f)
    }
}

impl fmt::Display for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.alias.fmt(f)?;
        f.write_str(".")?;
        f.write_str(self.name)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("?")?;
        self.0.fmt(f)
    }
}
