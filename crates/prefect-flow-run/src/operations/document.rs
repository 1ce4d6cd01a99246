//! What is sent: a document and its variables. The text of a document is the same whatever the variables are, so
//! it is written once.

use std::marker::PhantomData;
use std::sync::OnceLock;

use prefect_schema::cynic;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// The document whose answer's data is a `D`, as the JSON text that is sent. It is made when it is first wanted.
pub(crate) struct Document<D> {
    json: OnceLock<Box<RawValue>>,
    data: PhantomData<fn() -> D>,
}

/// A document with variables.
///
/// It has no `operationName`: there is one operation in the document, and that says its name.
#[derive(Serialize)]
pub(crate) struct Operation<D, V> {
    query: &'static RawValue,
    pub(crate) variables: V,
    #[serde(skip)]
    data: PhantomData<fn() -> D>,
}

impl<D> Document<D> {
    pub(crate) const fn new() -> Self {
        Self { json: OnceLock::new(), data: PhantomData }
    }

    /// The document that `build` makes of any variables, with these ones.
    pub(crate) fn with<V>(
        &'static self,
        mut variables: V,
        build: fn(V) -> cynic::Operation<D, V>,
    ) -> Operation<D, V> {
        let query = match self.json.get() {
            Some(query) => query,
            None => {
                let built = build(variables);
                variables = built.variables;
                keep(&self.json, &built.query)
            }
        };
        Operation { query, variables, data: PhantomData }
    }
}

/// Keeps a document, unless there is one. It is compiled once, and not for each operation.
fn keep(place: &'static OnceLock<Box<RawValue>>, document: &str) -> &'static RawValue {
    place.get_or_init(|| json(document))
}

/// A document as JSON, without cynic's indentation. What is a literal in one has no two spaces in it.
fn json(document: &str) -> Box<RawValue> {
    let words: Vec<_> = document.split_whitespace().collect();
    // A text can always be written as JSON.
    to_raw_value(&words.join(" ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::json;
    use crate::operations::find_flow;

    #[test]
    fn what_is_sent_again_is_what_was_sent_at_first() {
        let json = |name| serde_json::to_value(find_flow::build(name, Some("P"), None)).unwrap();
        let mut first = json("A");
        let again = json("B");
        assert_eq!(again["variables"]["filter"]["name"]["_eq"], "B");
        first["variables"] = again["variables"].clone();
        assert_eq!(again, first);
    }

    #[test]
    fn a_document_is_sent_without_indentation() {
        let document = "query A {\n  flow(path: \"$.a\") {\n    id\n  }\n}\n";
        assert_eq!(json(document).get(), r#""query A { flow(path: \"$.a\") { id } }""#);
    }
}
