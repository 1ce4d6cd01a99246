//! Which fields a selection asks for: fragments opened, `@skip` and `@include` applied, equal keys merged.

use std::collections::{HashMap, HashSet};

use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Node, ast};

use super::arguments;
use super::variables::Variables;
use crate::value::Value;

/// One key of the answer. Several fields when the document asks for the key more than once.
#[derive(Debug)]
pub(crate) struct Selected<'a> {
    pub(crate) key: &'a str,
    first: &'a Node<Field>,
    more: Vec<&'a Node<Field>>,
}

impl<'a> Selected<'a> {
    /// The first of the fields; name and arguments are the same in all.
    pub(crate) fn field(&self) -> &'a Node<Field> {
        self.first
    }

    fn fields(&self) -> impl Iterator<Item = &'a Node<Field>> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    /// Whether it has no selection set, which none of the fields has then.
    pub(crate) fn is_leaf(&self) -> bool {
        self.fields().all(|field| field.selection_set.selections.is_empty())
    }

    /// What is selected below, by all of the fields together.
    pub(crate) fn below(&self, document: &'a ExecutableDocument, variables: &Variables) -> Vec<Selected<'a>> {
        let mut keys = Keys::new(document, variables);
        for field in self.fields() {
            keys.collect(&field.selection_set);
        }
        keys.out
    }
}

/// The keys of a selection set in the order in which they are answered.
pub(crate) fn selected<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    variables: &Variables,
) -> Vec<Selected<'a>> {
    let mut keys = Keys::new(document, variables);
    keys.collect(set);
    keys.out
}

/// The keys on the way of being collected.
struct Keys<'a, 'v> {
    document: &'a ExecutableDocument,
    variables: &'v Variables,
    out: Vec<Selected<'a>>,
    /// Where a key stands in `out`.
    places: HashMap<&'a str, usize>,
    /// Each fragment counts once, or a short document could ask for it without end.
    opened: HashSet<&'a str>,
}

impl<'a, 'v> Keys<'a, 'v> {
    fn new(document: &'a ExecutableDocument, variables: &'v Variables) -> Self {
        Self { document, variables, out: Vec::new(), places: HashMap::new(), opened: HashSet::new() }
    }

    fn collect(&mut self, set: &'a SelectionSet) {
        self.out.reserve(set.selections.len());
        self.places.reserve(set.selections.len());
        for selection in &set.selections {
            if !is_included(selection.directives(), self.variables) {
                continue;
            }
            match selection {
                Selection::Field(field) => self.add(field),
                // The schema has neither interfaces nor unions, so every valid fragment applies.
                Selection::InlineFragment(fragment) => self.collect(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.opened.insert(&spread.fragment_name)
                    {
                        self.collect(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn add(&mut self, field: &'a Node<Field>) {
        let key = field.response_key().as_str();
        let place = *self.places.entry(key).or_insert(self.out.len());
        match self.out.get_mut(place) {
            Some(selected) => selected.more.push(field),
            None => self.out.push(Selected { key, first: field, more: Vec::new() }),
        }
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
