//! Which fields a selection asks for: fragments opened, `@skip` and `@include` applied, equal keys merged.

use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Node, ast};

use super::arguments;
use super::variables::Variables;
use crate::value::Value;

/// One key of the answer. Several fields when the document asks for the key more than once.
#[derive(Debug)]
pub(crate) struct Selected<'a> {
    pub(crate) key: &'a str,
    fields: Vec<&'a Node<Field>>,
}

impl<'a> Selected<'a> {
    /// The first of the fields; name and arguments are the same in all.
    pub(crate) fn field(&self) -> Option<&'a Node<Field>> {
        self.fields.first().copied()
    }

    /// What is selected below, by all of the fields together.
    pub(crate) fn below(&self, document: &'a ExecutableDocument, variables: &Variables) -> Vec<Selected<'a>> {
        let mut out = Vec::new();
        for field in &self.fields {
            collect(&field.selection_set, document, variables, &mut out);
        }
        out
    }
}

/// The keys of a selection set in the order in which they are answered.
pub(crate) fn selected<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    variables: &Variables,
) -> Vec<Selected<'a>> {
    let mut out = Vec::new();
    collect(set, document, variables, &mut out);
    out
}

fn collect<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    variables: &Variables,
    out: &mut Vec<Selected<'a>>,
) {
    for selection in &set.selections {
        if !is_included(selection.directives(), variables) {
            continue;
        }
        match selection {
            Selection::Field(field) => add(field, out),
            // The schema has neither interfaces nor unions, so every valid fragment applies.
            Selection::InlineFragment(fragment) => collect(&fragment.selection_set, document, variables, out),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect(&fragment.selection_set, document, variables, out);
                }
            }
        }
    }
}

fn add<'a>(field: &'a Node<Field>, out: &mut Vec<Selected<'a>>) {
    let key = field.response_key().as_str();
    match out.iter_mut().find(|selected| selected.key == key) {
        Some(selected) => selected.fields.push(field),
        None => out.push(Selected { key, fields: vec![field] }),
    }
}

fn is_included(directives: &ast::DirectiveList, variables: &Variables) -> bool {
    let condition = |name: &str| {
        let argument = directives.get(name)?.specified_argument_by_name("if")?;
        match arguments::resolve(argument, variables)? {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    };
    condition("skip") != Some(true) && condition("include") != Some(false)
}
