//! From a GraphQL document and its variables to values: no database, no HTTP.

pub(crate) mod arguments;
pub(crate) mod depth;
pub(crate) mod diagnostics;
pub(crate) mod documents;
pub(crate) mod fields;
pub(crate) mod selection;
pub(crate) mod variables;
