//! The gateway's depth limit: a leaf at depth 7 passes, the root fields being depth 0.

use std::collections::HashSet;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};

const MAX_DEPTH: usize = 7;

/// The message when the operation is too deep.
pub(crate) fn check(operation: &Operation, document: &ExecutableDocument) -> Result<(), String> {
    if fits(&operation.selection_set, document, 0, &mut HashSet::new()) {
        return Ok(());
    }
    let name = operation.name.as_ref().map(|name| name.as_str()).unwrap_or_default();
    Err(format!("'{name}' exceeds maximum operation depth of {MAX_DEPTH}"))
}

/// A fragment is looked at once per depth: `seen` has the fragments and depths that were.
fn fits<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    depth: usize,
    seen: &mut HashSet<(&'a str, usize)>,
) -> bool {
    set.selections.iter().all(|selection| match selection {
        // Introspection is exempt.
        Selection::Field(field) if field.name.starts_with("__") => true,
        Selection::Field(field) => {
            depth <= MAX_DEPTH && fits(&field.selection_set, document, depth + 1, seen)
        }
        Selection::InlineFragment(fragment) => fits(&fragment.selection_set, document, depth, seen),
        Selection::FragmentSpread(spread) => match document.fragments.get(&spread.fragment_name) {
            Some(fragment) if seen.insert((&spread.fragment_name, depth)) => {
                fits(&fragment.selection_set, document, depth, seen)
            }
            _ => true,
        },
    })
}
