//! The statement under construction: its parameters and the aliases that were given out.

use rusqlite::types::Value as SqlValue;

use crate::error::FieldError;
use crate::execute::Scope;

/// The subselects and fields of a statement, all together. Aliases times fragments are exponentially many, and
/// the thread of the database would be busy with them for minutes. What clients ask for has less than a
/// hundred, however many runs it is about: the runs are one list.
const MOST_PARTS: usize = 20_000;

pub(super) struct Statement<'a> {
    pub(super) scope: Scope<'a>,
    parameters: Vec<SqlValue>,
    aliases: usize,
    parts: usize,
}

impl<'a> Statement<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Self { scope, parameters: Vec::new(), aliases: 0, parts: 0 }
    }

    /// Binds a value; the placeholder may stand anywhere in the text, as it carries its number.
    pub(super) fn bind(&mut self, value: impl Into<SqlValue>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.parameters.len())
    }

    /// A table alias that is new in this statement, for one more subselect.
    pub(super) fn alias(&mut self) -> Result<String, FieldError> {
        self.grow(1)?;
        self.aliases += 1;
        Ok(format!("t{}", self.aliases))
    }

    /// Counts what the statement is made of, before it is made.
    pub(super) fn grow(&mut self, parts: usize) -> Result<(), FieldError> {
        self.parts = self.parts.saturating_add(parts);
        if self.parts <= MOST_PARTS {
            return Ok(());
        }
        Err(FieldError::too_large(&format!("more than {MOST_PARTS} subselects and fields")))
    }

    pub(super) fn parameters(&self) -> &[SqlValue] {
        &self.parameters
    }
}
