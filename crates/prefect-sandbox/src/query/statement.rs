//! The statement under construction: its parameters and the aliases that were given out.

use rusqlite::types::Value as SqlValue;

use crate::execute::Scope;

pub(super) struct Statement<'a> {
    pub(super) scope: Scope<'a>,
    parameters: Vec<SqlValue>,
    aliases: usize,
}

impl<'a> Statement<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Self { scope, parameters: Vec::new(), aliases: 0 }
    }

    /// Binds a value; the placeholder may stand anywhere in the text, as it carries its number.
    pub(super) fn bind(&mut self, value: impl Into<SqlValue>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.parameters.len())
    }

    /// A table alias that is new in this statement.
    pub(super) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    pub(super) fn parameters(&self) -> &[SqlValue] {
        &self.parameters
    }
}
