//! The schema, and the documents validated against it. Valid documents are remembered by their text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::executable::Operation;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema, collections};

use super::depth;
use super::diagnostics::{self, RequestError};

// As statics: they are large, and a constant would be part of the program once for each use.
pub(crate) static SERVER_SDL: &str = include_str!("../../schema/prefect-server.graphql");
/// The server's and what Cloud adds to it.
pub(crate) static CLOUD_SDL: &str = include_str!("../../schema/prefect-cloud-merged.graphql");
const REMEMBERED: usize = 1_000;
/// In bytes. A validated document takes several times the memory of its text, so that of large ones, which
/// hardly come again, would fill it. Clients' own operations are below 2 KiB.
const LONGEST_REMEMBERED: usize = 64 * 1024;

pub(crate) type Document = Arc<Valid<ExecutableDocument>>;

pub(crate) struct Documents {
    pub(crate) schema: Valid<Schema>,
    pub(crate) implementers: collections::HashMap<Name, Implementers>,
    valid: Mutex<HashMap<String, Document>>,
}

impl Documents {
    /// Parses the SDL; the error is everything that is wrong with it.
    pub(crate) fn load(sdl: &str) -> Result<Self, String> {
        let schema = Schema::parse_and_validate(sdl, "schema.graphql")
            .map_err(|invalid| invalid.errors.to_string())?;
        let implementers = schema.implementers_map();
        Ok(Self { schema, implementers, valid: Mutex::default() })
    }

    /// The validated document, or everything that is wrong with it.
    pub(crate) fn get(&self, text: &str) -> Result<Document, Vec<RequestError>> {
        if let Some(document) = self.valid.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(Arc::clone(document));
        }
        let document = ExecutableDocument::parse_and_validate(&self.schema, text, "request.graphql")
            .map_err(|invalid| diagnostics::list(&self.schema, &invalid.errors))?;
        for operation in document.operations.iter() {
            depth::check(operation, &document).map_err(|message| vec![RequestError::validation(message)])?;
        }
        let document = Arc::new(document);
        self.remember(text, &document);
        Ok(document)
    }

    fn remember(&self, text: &str, document: &Document) {
        if text.len() > LONGEST_REMEMBERED {
            return;
        }
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        if valid.len() >= REMEMBERED {
            valid.clear();
        }
        valid.insert(text.to_owned(), Arc::clone(document));
    }
}

/// The operation that the request asks for.
pub(crate) fn operation<'a>(
    document: &'a Document,
    name: Option<&str>,
) -> Result<&'a Node<Operation>, RequestError> {
    document.operations.get(name).map_err(|_| {
        RequestError::request(match name {
            Some(name) => format!("Unknown operation named \"{name}\"."),
            None if document.operations.is_empty() => "Must provide an operation.".to_owned(),
            None => "Must provide operation name if query contains multiple operations.".to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_not_remembered() {
        let documents = Documents::load(SERVER_SDL).unwrap();
        let of_length = |length: usize| format!("{{ hello }}{}", " ".repeat(length - 9));
        let is_remembered = |length: usize| {
            let text = of_length(length);
            Arc::ptr_eq(&documents.get(&text).unwrap(), &documents.get(&text).unwrap())
        };
        assert!(is_remembered(LONGEST_REMEMBERED));
        assert!(!is_remembered(LONGEST_REMEMBERED + 1));
    }
}
