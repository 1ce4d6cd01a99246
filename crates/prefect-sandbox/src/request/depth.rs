//! The gateway's depth limit: a leaf at depth 7 passes, the root fields being depth 0.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};

const MAX_DEPTH: usize = 7;

/// The message when the operation is too deep.
pub(crate) fn check(operation: &Operation, document: &ExecutableDocument) -> Result<(), String> {
    if fits(&operation.selection_set, document, 0) {
        return Ok(());
    }
    let name = operation.name.as_ref().map(|name| name.as_str()).unwrap_or_default();
    Err(format!("'{name}' exceeds maximum operation depth of {MAX_DEPTH}"))
}

fn fits(set: &SelectionSet, document: &ExecutableDocument, depth: usize) -> bool {
    set.selections.iter().all(|selection| match selection {
        // Introspection is exempt.
        Selection::Field(field) if field.name.starts_with("__") => true,
        Selection::Field(field) => depth <= MAX_DEPTH && fits(&field.selection_set, document, depth + 1),
        Selection::InlineFragment(fragment) => fits(&fragment.selection_set, document, depth),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.fragment_name)
            .is_none_or(|fragment| fits(&fragment.selection_set, document, depth)),
    })
}
