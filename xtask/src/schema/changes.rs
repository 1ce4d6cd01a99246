//! What one schema has and another has not, thing by thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use apollo_compiler::ast::{DirectiveList, InputValueDefinition, Type};
use apollo_compiler::schema::{Component, ExtendedType, FieldDefinition};
use apollo_compiler::{Name, Node, Schema};

/// Where in a schema something is defined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Of the operations of this kind, the type where they begin.
    Root(&'static str),
    /// A type.
    Type(Name),
    /// A field of a type that is read.
    Field(Name, Name),
    /// An argument of a field.
    Argument(Name, Name, Name),
    /// A field of an input.
    InputField(Name, Name),
    /// A value of an enum.
    EnumValue(Name, Name),
    /// A type that a union may be.
    Member(Name, Name),
    /// An interface that a type implements.
    Interface(Name, Name),
    /// A directive.
    Directive(Name),
}

impl Place {
    /// What it is a part of.
    fn whole(&self) -> Option<Self> {
        match self {
            Self::Root(_) | Self::Type(_) | Self::Directive(_) => None,
            Self::Argument(ty, field, _) => Some(Self::Field(ty.clone(), field.clone())),
            Self::Field(ty, _)
            | Self::InputField(ty, _)
            | Self::EnumValue(ty, _)
            | Self::Member(ty, _)
            | Self::Interface(ty, _) => Some(Self::Type(ty.clone())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(kind) => write!(f, "root type of a {kind}"),
            Self::Type(ty) => write!(f, "type {ty}"),
            Self::Field(ty, field) => write!(f, "field {ty}.{field}"),
            Self::Argument(ty, field, argument) => write!(f, "argument {argument} of field {ty}.{field}"),
            Self::InputField(ty, field) => write!(f, "input field {ty}.{field}"),
            Self::EnumValue(ty, value) => write!(f, "enum value {ty}.{value}"),
            Self::Member(ty, member) => write!(f, "member {member} of union {ty}"),
            Self::Interface(ty, interface) => write!(f, "interface {interface} of type {ty}"),
            Self::Directive(name) => write!(f, "directive @{name}"),
        }
    }
}

/// What is defined at a place, as far as it can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// As SDL has it, or the kind of a type.
    pub(crate) words: String,
    /// The type of a field or an argument.
    pub(crate) ty: Option<Node<Type>>,
    /// Whether whoever uses the whole must give this.
    pub(crate) required: bool,
    /// Why it is deprecated, if it is.
    deprecated: Option<String>,
}

/// How a place differs.
#[derive(Debug)]
pub(crate) enum Difference {
    /// It is new.
    Added(Definition),
    /// It is gone.
    Removed,
    /// It is another now.
    Changed(Definition, Definition),
    /// It is deprecated now, for this reason.
    Deprecated(String),
    /// It was deprecated, and is no more.
    Restored,
}

/// A place that differs, and how.
#[derive(Debug)]
pub(crate) struct Change {
    /// The place.
    pub(crate) place: Place,
    /// How it differs.
    pub(crate) difference: Difference,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.difference {
            Difference::Added(new) if new.words.is_empty() => write!(f, "added: {place}"),
            Difference::Added(new) => write!(f, "added: {place}: {}", new.words),
            Difference::Removed => write!(f, "removed: {place}"),
            Difference::Changed(old, new) => {
                write!(f, "changed: {place}: was {}, is {}", old.words, new.words)
            }
            Difference::Deprecated(reason) => write!(f, "deprecated: {place}: {reason}"),
            Difference::Restored => write!(f, "changed: {place}: no longer deprecated"),
        }
    }
}

/// What is in one of the schemas only, or is not the same in both. Of what was added or removed as a whole,
/// the parts are not told.
pub(crate) fn between(old: &Schema, new: &Schema) -> Vec<Change> {
    let (old, new) = (places(old), places(new));
    let all: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    all.into_iter().flat_map(|place| differences(place, &old, &new)).collect()
}

type Places = BTreeMap<Place, Definition>;

fn differences(place: &Place, old: &Places, new: &Places) -> Vec<Change> {
    let whole = place.whole();
    let whole_in = |places: &Places| whole.as_ref().is_none_or(|whole| places.contains_key(whole));
    let mut found = Vec::new();
    match (old.get(place), new.get(place)) {
        (None, Some(new)) if whole_in(old) => found.push(Difference::Added(new.clone())),
        (Some(_), None) if whole_in(new) => found.push(Difference::Removed),
        (Some(old), Some(new)) => {
            if old.words != new.words {
                found.push(Difference::Changed(old.clone(), new.clone()));
            }
            match (&old.deprecated, &new.deprecated) {
                (None, Some(reason)) => found.push(Difference::Deprecated(reason.clone())),
                (Some(_), None) => found.push(Difference::Restored),
                _ => {}
            }
        }
        _ => {}
    }
    found.into_iter().map(|difference| Change { place: place.clone(), difference }).collect()
}

fn places(schema: &Schema) -> Places {
    let mut places = Places::new();
    for (kind, root) in [
        ("query", &schema.schema_definition.query),
        ("mutation", &schema.schema_definition.mutation),
        ("subscription", &schema.schema_definition.subscription),
    ] {
        if let Some(root) = root {
            places.insert(Place::Root(kind), in_words(root.to_string()));
        }
    }
    for (name, directive) in &schema.directive_definitions {
        if !directive.is_built_in() {
            let mut directive = directive.as_ref().clone();
            directive.description = None;
            let words = directive.to_string();
            places.insert(Place::Directive(name.clone()), in_words(words.trim_end().to_owned()));
        }
    }
    for (name, ty) in schema.types.iter().filter(|(_, ty)| !ty.is_built_in()) {
        add_type(&mut places, name, ty);
    }
    places
}

fn add_type(places: &mut Places, name: &Name, ty: &ExtendedType) {
    let kind = match ty {
        ExtendedType::Scalar(_) => "a scalar",
        ExtendedType::Object(object) => {
            add_fields(places, name, object.fields.values());
            let interfaces = object.implements_interfaces.iter();
            places.extend(interfaces.map(|of| (Place::Interface(name.clone(), of.name.clone()), nothing())));
            "an object"
        }
        ExtendedType::Interface(interface) => {
            add_fields(places, name, interface.fields.values());
            let interfaces = interface.implements_interfaces.iter();
            places.extend(interfaces.map(|of| (Place::Interface(name.clone(), of.name.clone()), nothing())));
            "an interface"
        }
        ExtendedType::Union(union) => {
            let members = union.members.iter();
            places.extend(members.map(|of| (Place::Member(name.clone(), of.name.clone()), nothing())));
            "a union"
        }
        ExtendedType::Enum(values) => {
            for value in values.values.values() {
                let definition = Definition { deprecated: deprecated(&value.directives), ..nothing() };
                places.insert(Place::EnumValue(name.clone(), value.value.clone()), definition);
            }
            "an enum"
        }
        ExtendedType::InputObject(input) => {
            let fields = input.fields.values();
            places.extend(
                fields.map(|field| (Place::InputField(name.clone(), field.name.clone()), input_value(field))),
            );
            "an input"
        }
    };
    places.insert(Place::Type(name.clone()), in_words(kind.to_owned()));
}

fn add_fields<'a>(
    places: &mut Places,
    ty: &Name,
    fields: impl Iterator<Item = &'a Component<FieldDefinition>>,
) {
    for field in fields {
        let definition = Definition {
            words: field.ty.to_string(),
            ty: Some(Node::new(field.ty.clone())),
            required: false,
            deprecated: deprecated(&field.directives),
        };
        places.insert(Place::Field(ty.clone(), field.name.clone()), definition);
        for argument in &field.arguments {
            let place = Place::Argument(ty.clone(), field.name.clone(), argument.name.clone());
            places.insert(place, input_value(argument));
        }
    }
}

fn input_value(value: &InputValueDefinition) -> Definition {
    let default = value.default_value.as_ref().map(|default| format!(" = {default}"));
    Definition {
        words: format!("{}{}", value.ty, default.unwrap_or_default()),
        ty: Some(value.ty.clone()),
        required: value.is_required(),
        deprecated: deprecated(&value.directives),
    }
}

/// The reason. Without one GraphQL has a sentence of its own.
fn deprecated(directives: &DirectiveList) -> Option<String> {
    let directive = directives.get("deprecated")?;
    let reason = directive.specified_argument_by_name("reason").and_then(|reason| reason.as_str());
    Some(reason.unwrap_or("No longer supported").to_owned())
}

fn in_words(words: String) -> Definition {
    Definition { words, ..nothing() }
}

fn nothing() -> Definition {
    Definition { words: String::new(), ty: None, required: false, deprecated: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> String {
        let schema = |sdl: &str| Schema::parse_and_validate(sdl, "test.graphql").unwrap();
        let changes = between(&schema(old), &schema(new));
        changes.iter().map(|change| format!("{change}\n")).collect()
    }

    const OLD: &str = "
        directive @gone on FIELD
        type Query { a: Int, b(x: Int, y: Int = 1): [T!]!, c: E, d: U, f(input: In): S, old: Int @deprecated }
        type T implements N { n: Int }
        type Lost { whole: Int, thing: Int }
        interface N { n: Int }
        union U = T | Lost
        enum E { X Y }
        input In { p: Int = 1, q: Int, r: Int }
        scalar S
    ";

    #[test]
    fn nothing_differs_from_itself_nor_by_the_order_alone() {
        assert_eq!(told(OLD, OLD), "");
        assert_eq!(told("type Query { a: Int, b: Int }", "type Query { b: Int, a: Int }"), "");
        assert_eq!(told("type Query { a: Int }", "\"Words\" type Query { \"Words\" a: Int }"), "");
    }

    #[test]
    fn each_kind_of_change_is_told_once() {
        let new = "
            schema { query: Query, mutation: M }
            directive @came on FIELD
            type M { m: Int }
            type Query {
                a: Int! @deprecated(reason: \"use b\"), b(x: Int!, y: Int = 2, z: ID): [T]!, c: E, d: U,
                f(input: In): S, old: Int
            }
            type T { n: Int }
            union U = T | M
            enum E { X @deprecated Z }
            input In { p: Int, q: String, s: ID! }
            type S { field: Int }
        ";
        insta::assert_snapshot!(told(OLD, new), @"
        added: root type of a mutation: M
        removed: type Lost
        added: type M: an object
        removed: type N
        changed: type S: was a scalar, is an object
        changed: field Query.a: was Int, is Int!
        deprecated: field Query.a: use b
        changed: field Query.b: was [T!]!, is [T]!
        changed: field Query.old: no longer deprecated
        added: field S.field: Int
        changed: argument x of field Query.b: was Int, is Int!
        changed: argument y of field Query.b: was Int = 1, is Int = 2
        added: argument z of field Query.b: ID
        changed: input field In.p: was Int = 1, is Int
        changed: input field In.q: was Int, is String
        removed: input field In.r
        added: input field In.s: ID!
        deprecated: enum value E.X: No longer supported
        removed: enum value E.Y
        added: enum value E.Z
        removed: member Lost of union U
        added: member M of union U
        removed: interface N of type T
        added: directive @came: directive @came on FIELD
        removed: directive @gone
        ");
    }
}
