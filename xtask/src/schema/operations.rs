//! The operations of `prefect-flow-run`: their documents, and what of a schema each of them uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use apollo_compiler::ast::{Argument, InputValueDefinition, Value};
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, InputObjectType, ObjectType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};

use super::changes::Place;
use super::rust_types::{RustType, RustTypes};

const SNAPSHOTS: &str = "crates/prefect-flow-run/src/operations/snapshots";

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name, which is that of its Rust type.
    pub(crate) name: String,
    /// What is sent, as its snapshot has it.
    pub(crate) document: String,
}

/// A use of a place by an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use<'a> {
    /// The Rust type that uses it.
    pub(crate) rust_type: &'a str,
    /// Whether that may do without a value there.
    pub(crate) optional: bool,
    /// Whether that fails on values that it does not know.
    pub(crate) closed_enum: bool,
}

/// What an operation uses.
#[derive(Debug, Default)]
pub(crate) struct Uses<'a>(BTreeMap<Place, BTreeSet<Use<'a>>>);

impl<'a> Uses<'a> {
    /// The uses of a place that are as told.
    pub(crate) fn of(&self, place: &Place, as_told: impl Fn(&Use<'a>) -> bool) -> Vec<Use<'a>> {
        self.0.get(place).into_iter().flatten().filter(|by| as_told(by)).copied().collect()
    }

    fn add(&mut self, place: Place, by: impl IntoIterator<Item = Use<'a>>) {
        self.0.entry(place).or_default().extend(by);
    }
}

/// All operations of the workspace at `root`, by their names.
pub(crate) fn all(root: &Path) -> Result<Vec<Operation>> {
    let cannot_read = || format!("cannot read {SNAPSHOTS}");
    let mut documents = BTreeMap::new();
    for file in fs::read_dir(root.join(SNAPSHOTS)).with_context(cannot_read)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "snap") {
            let snapshot = fs::read_to_string(path).with_context(cannot_read)?;
            documents.extend(document(&snapshot));
        }
    }
    ensure!(!documents.is_empty(), "there is no operation in {SNAPSHOTS}");
    Ok(documents.into_iter().map(|(name, document)| Operation { name, document }).collect())
}

/// The name and the text of the document, if the snapshot is of one. The text follows the header.
fn document(snapshot: &str) -> Option<(String, String)> {
    let document = snapshot.splitn(3, "---\n").nth(2)?;
    let (kind, rest) = document.split_once(' ')?;
    let name = rest.split(['(', ' ']).next()?;
    matches!(kind, "query" | "mutation").then(|| (name.to_owned(), document.to_owned()))
}

impl Operation {
    /// Why the schema would not take it.
    pub(crate) fn refusal(&self, schema: &Valid<Schema>) -> Option<String> {
        let errors = ExecutableDocument::parse_and_validate(schema, &self.document, &self.name).err()?.errors;
        let first = errors.iter().next();
        Some(first.map(|first| first.error.to_string()).unwrap_or_default())
    }

    /// What of the schema it uses, and by which Rust types; nothing if the schema would not take it.
    pub(crate) fn uses<'a>(&self, schema: &Valid<Schema>, types: &'a RustTypes) -> Uses<'a> {
        let parsed = ExecutableDocument::parse_and_validate(schema, &self.document, &self.name);
        let Ok(document) = parsed else { return Uses::default() };
        let rust_types = types.of_operation(&self.name);
        let mut uses = declared(schema, &rust_types);
        for operation in document.operations.iter() {
            selected(schema, &operation.selection_set, &mut uses);
        }
        uses
    }

    /// Why its Rust types would not do for the schema, where its document does not tell: of what may be null,
    /// and of inputs, which go in variables.
    pub(crate) fn misfits(&self, schema: &Schema, types: &RustTypes) -> Vec<String> {
        let of_type = |ty: &&RustType| match schema.types.get(ty.graphql_type.as_deref()?) {
            Some(ExtendedType::Object(object)) => Some(misread(ty, object)),
            Some(ExtendedType::InputObject(input)) => Some(missent(ty, input)),
            _ => None,
        };
        types.of_operation(&self.name).iter().filter_map(of_type).flatten().collect()
    }
}

fn misread(ty: &RustType, object: &ObjectType) -> Vec<String> {
    let fields = ty.fields.iter().filter(|field| !field.optional);
    let nullable = fields.filter(|field| {
        object.fields.get(field.name.as_str()).is_some_and(|definition| !definition.ty.is_non_null())
    });
    nullable
        .map(|field| format!("{}.{} may be null, which {} does not allow", object.name, field.name, ty.path))
        .collect()
}

fn missent(ty: &RustType, input: &InputObjectType) -> Vec<String> {
    let unknown = ty.fields.iter().filter(|field| !input.fields.contains_key(field.name.as_str()));
    let unknown = unknown.map(|field| format!("{} has no {}, but {} does", input.name, field.name, ty.path));
    let given = |name: &Name| ty.fields.iter().any(|field| field.name == name.as_str() && !field.optional);
    let required = input.fields.values().filter(|field| field.is_required() && !given(&field.name));
    let required =
        required.map(|field| format!("{} needs {}, which {} may lack", input.name, field.name, ty.path));
    unknown.chain(required).collect()
}

/// The places that the Rust types stand for.
fn declared<'a>(schema: &Schema, rust_types: &[&'a RustType]) -> Uses<'a> {
    let mut uses = Uses::default();
    for ty in rust_types {
        let Some((name, definition)) =
            ty.graphql_type.as_ref().and_then(|name| schema.types.get_key_value(name.as_str()))
        else {
            continue;
        };
        let by = Use { rust_type: &ty.path, optional: false, closed_enum: ty.closed_enum };
        uses.add(Place::Type(name.clone()), [by]);
        for field in &ty.fields {
            let Ok(field_name) = Name::new(&field.name) else { continue };
            let place = match definition {
                ExtendedType::InputObject(_) => Place::InputField(name.clone(), field_name),
                _ => Place::Field(name.clone(), field_name),
            };
            let by = Use { optional: field.optional, ..by };
            uses.add(place, [by]);
        }
    }
    uses
}

/// Adds what is written in the document alone: the arguments of fields, and what is in their values.
fn selected(schema: &Schema, set: &SelectionSet, uses: &mut Uses<'_>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                for argument in &field.arguments {
                    given(schema, &set.ty, field, argument, uses);
                }
                selected(schema, &field.selection_set, uses);
            }
            Selection::InlineFragment(fragment) => selected(schema, &fragment.selection_set, uses),
            // cynic writes no named fragments.
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn given(schema: &Schema, ty: &Name, field: &Field, argument: &Argument, uses: &mut Uses<'_>) {
    let mut users = uses.of(&Place::Field(ty.clone(), field.name.clone()), |_| true);
    users.iter_mut().for_each(|by| by.optional = false);
    let mut places = vec![Place::Argument(ty.clone(), field.name.clone(), argument.name.clone())];
    if let Some(definition) = field.definition.argument_by_name(&argument.name) {
        written(schema, definition, &argument.value, &mut places);
    }
    for place in places {
        uses.add(place, users.iter().copied());
    }
}

/// The places in a value that is written out.
fn written(schema: &Schema, definition: &InputValueDefinition, value: &Value, places: &mut Vec<Place>) {
    let ty = definition.ty.inner_named_type();
    match value {
        Value::List(values) => values.iter().for_each(|value| written(schema, definition, value, places)),
        Value::Enum(value) => places.push(Place::EnumValue(ty.clone(), value.clone())),
        Value::Object(fields) => {
            places.push(Place::Type(ty.clone()));
            for (name, value) in fields {
                places.push(Place::InputField(ty.clone(), name.clone()));
                if let Some(field) = field_of_input(schema, ty, name) {
                    written(schema, field, value, places);
                }
            }
        }
        _ => {}
    }
}

fn field_of_input<'a>(schema: &'a Schema, ty: &Name, name: &Name) -> Option<&'a Node<InputValueDefinition>> {
    schema.get_input_object(ty)?.fields.get(name).map(|field| &field.node)
}
