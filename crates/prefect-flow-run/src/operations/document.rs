//! The texts of the operations that are sent most, each written once: it is the same whatever the variables are.

use std::borrow::Cow;
use std::sync::OnceLock;

use prefect_schema::cynic::{Operation, QueryFragment, QueryVariables};

/// A document, as cynic wrote it when it was first wanted.
pub(crate) struct Document(OnceLock<Written>);

struct Written {
    query: String,
    operation_name: Option<Cow<'static, str>>,
}

impl Document {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What `build` makes of these variables, with the text that is there.
    pub(crate) fn with<F, V>(&self, variables: V, build: fn(V) -> Operation<F, V>) -> Operation<F, V>
    where
        F: QueryFragment,
        V: QueryVariables,
    {
        if let Some(Written { query, operation_name }) = self.0.get() {
            let mut operation = Operation::new(query.clone(), variables);
            operation.operation_name = operation_name.clone();
            return operation;
        }
        let operation = build(variables);
        let written =
            || Written { query: operation.query.clone(), operation_name: operation.operation_name.clone() };
        self.0.get_or_init(written);
        operation
    }
}

#[cfg(test)]
mod tests {
    use crate::operations::find_flow;

    #[test]
    fn what_is_sent_again_is_what_was_sent_at_first() {
        let json = |name| serde_json::to_value(find_flow::build(name, Some("P"), None)).unwrap();
        let mut first = json("A");
        let again = json("B");
        assert_eq!(again["variables"]["filter"]["name"]["_eq"], "B");
        first["variables"] = again["variables"].clone();
        assert_eq!(again, first);
        assert_eq!(again["operationName"], "FindFlow");
    }
}
