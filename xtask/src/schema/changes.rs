//! How two schemas differ, in the schema's own terms. Whom a difference concerns is in `impact`.

use std::collections::BTreeSet;
use std::fmt;

use apollo_compiler::ast::{DirectiveList, FieldDefinition, InputValueDefinition};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{Component, ComponentName, ExtendedType};
use apollo_compiler::{Name, Node, Schema};

/// A part of a schema that can change by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    Type(String),
    /// Of an object or interface.
    Field(String, String),
    Argument(String, String, String),
    InputField(String, String),
    EnumValue(String, String),
    /// Of a union, or an interface of an object.
    Member(String, String),
    Directive(String),
    /// Query, mutation or subscription.
    Root(String),
}

/// What happened to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Of a field or an input, its type. Who uses what is around it must now use it as well if it is `required`.
    Added {
        ty: Option<String>,
        required: bool,
    },
    Removed,
    /// Whoever used it as it was still can if it is `compatible`.
    Changed {
        from: String,
        to: String,
        compatible: bool,
    },
    Deprecated {
        reason: String,
    },
    NoLongerDeprecated,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) element: Element,
    pub(crate) what: What,
}

/// Every difference, by name. What is in a type that is new or gone is not told beside it.
pub(crate) fn changes<'a>(old: &'a Schema, new: &'a Schema) -> Vec<Change> {
    let mut found = Found::default();
    for (role, from, to) in roots(old, new) {
        found.replaced(Element::Root(role.to_owned()), from, to);
    }
    let directives = (&old.directive_definitions, &new.directive_definitions);
    for name in names(directives.0.keys(), directives.1.keys()) {
        let element = Element::Directive(name.to_string());
        let text = |of: &IndexMap<Name, Node<_>>| of.get(&name).map(ToString::to_string);
        found.replaced(element, text(directives.0), text(directives.1));
    }
    for name in names(old.types.keys(), new.types.keys()) {
        // Scalars that GraphQL brings are there when they are used.
        let of = |schema: &'a Schema| schema.types.get(&name).filter(|ty| !ty.is_built_in());
        match (of(old), of(new)) {
            (Some(old), Some(new)) => found.of_types(&name, old, new),
            (old, new) => found.presence(Element::Type(name.to_string()), old.is_some(), new.is_some()),
        }
    }
    found.0
}

fn roots(old: &Schema, new: &Schema) -> [(&'static str, Option<String>, Option<String>); 3] {
    let (old, new) = (&old.schema_definition, &new.schema_definition);
    let name = |root: &Option<ComponentName>| root.as_ref().map(ToString::to_string);
    [
        ("query", name(&old.query), name(&new.query)),
        ("mutation", name(&old.mutation), name(&new.mutation)),
        ("subscription", name(&old.subscription), name(&new.subscription)),
    ]
}

fn names<'a>(old: impl Iterator<Item = &'a Name>, new: impl Iterator<Item = &'a Name>) -> BTreeSet<Name> {
    old.chain(new).cloned().collect()
}

#[derive(Default)]
struct Found(Vec<Change>);

impl Found {
    fn push(&mut self, element: Element, what: What) {
        self.0.push(Change { element, what });
    }

    fn presence(&mut self, element: Element, was: bool, is: bool) {
        match (was, is) {
            (false, true) => self.push(element, What::Added { ty: None, required: false }),
            (true, false) => self.push(element, What::Removed),
            _ => {}
        }
    }

    /// Of what is only compared as a text.
    fn replaced(&mut self, element: Element, from: Option<String>, to: Option<String>) {
        match (from, to) {
            (Some(from), Some(to)) if from != to => {
                self.push(element, What::Changed { from, to, compatible: false });
            }
            (from, to) => self.presence(element, from.is_some(), to.is_some()),
        }
    }

    fn of_types(&mut self, name: &Name, old: &ExtendedType, new: &ExtendedType) {
        use ExtendedType::{Enum, InputObject, Interface, Object, Scalar, Union};
        match (old, new) {
            (Object(old), Object(new)) => {
                self.members(name, &old.implements_interfaces, &new.implements_interfaces);
                self.fields(name, &old.fields, &new.fields);
            }
            (Interface(old), Interface(new)) => {
                self.members(name, &old.implements_interfaces, &new.implements_interfaces);
                self.fields(name, &old.fields, &new.fields);
            }
            (Union(old), Union(new)) => self.members(name, &old.members, &new.members),
            (Enum(old), Enum(new)) => {
                for value in names(old.values.keys(), new.values.keys()) {
                    let element = Element::EnumValue(name.to_string(), value.to_string());
                    match (old.values.get(&value), new.values.get(&value)) {
                        (Some(old), Some(new)) => self.deprecation(element, &old.directives, &new.directives),
                        (old, new) => self.presence(element, old.is_some(), new.is_some()),
                    }
                }
            }
            (InputObject(old), InputObject(new)) => {
                for field in names(old.fields.keys(), new.fields.keys()) {
                    let element = Element::InputField(name.to_string(), field.to_string());
                    let (old, new) = (old.fields.get(&field), new.fields.get(&field));
                    self.inputs(element, old.map(|field| &***field), new.map(|field| &***field));
                }
            }
            (Scalar(_), Scalar(_)) => {}
            (old, new) => {
                let (from, to) = (kind(old).to_owned(), kind(new).to_owned());
                self.push(Element::Type(name.to_string()), What::Changed { from, to, compatible: false });
            }
        }
    }

    fn members(&mut self, of: &Name, old: &IndexSet<ComponentName>, new: &IndexSet<ComponentName>) {
        let texts = |names: &IndexSet<ComponentName>| -> BTreeSet<String> {
            names.iter().map(ToString::to_string).collect()
        };
        let (old, new) = (texts(old), texts(new));
        for member in old.union(&new) {
            let element = Element::Member(of.to_string(), member.clone());
            self.presence(element, old.contains(member), new.contains(member));
        }
    }

    fn fields(
        &mut self,
        of: &Name,
        old: &IndexMap<Name, Component<FieldDefinition>>,
        new: &IndexMap<Name, Component<FieldDefinition>>,
    ) {
        for name in names(old.keys(), new.keys()) {
            let element = Element::Field(of.to_string(), name.to_string());
            match (old.get(&name), new.get(&name)) {
                (Some(old), Some(new)) => self.field(element, of, old, new),
                (_, Some(new)) => {
                    let ty = Some(new.ty.to_string());
                    self.push(element, What::Added { ty, required: false });
                }
                _ => self.push(element, What::Removed),
            }
        }
    }

    fn field(&mut self, element: Element, of: &Name, old: &FieldDefinition, new: &FieldDefinition) {
        if old.ty != new.ty {
            let (from, to) = (old.ty.to_string(), new.ty.to_string());
            let compatible = new.ty.is_assignable_to(&old.ty);
            self.push(element.clone(), What::Changed { from, to, compatible });
        }
        self.deprecation(element, &old.directives, &new.directives);
        let argument = |field: &FieldDefinition, name: &Name| -> Option<Node<InputValueDefinition>> {
            field.arguments.iter().find(|argument| argument.name == *name).cloned()
        };
        let of_old = old.arguments.iter().map(|argument| &argument.name);
        for name in names(of_old, new.arguments.iter().map(|argument| &argument.name)) {
            let element = Element::Argument(of.to_string(), old.name.to_string(), name.to_string());
            self.inputs(element, argument(old, &name).as_deref(), argument(new, &name).as_deref());
        }
    }

    /// Arguments, and fields of inputs.
    fn inputs(
        &mut self,
        element: Element,
        old: Option<&InputValueDefinition>,
        new: Option<&InputValueDefinition>,
    ) {
        match (old, new) {
            (Some(old), Some(new)) => {
                let (from, to) = (with_default(old), with_default(new));
                if from != to {
                    let compatible = old.ty.is_assignable_to(&new.ty);
                    self.push(element.clone(), What::Changed { from, to, compatible });
                }
                self.deprecation(element, &old.directives, &new.directives);
            }
            (None, Some(new)) => {
                self.push(element, What::Added { ty: Some(with_default(new)), required: new.is_required() });
            }
            (Some(_), None) => self.push(element, What::Removed),
            (None, None) => {}
        }
    }

    fn deprecation(&mut self, element: Element, old: &DirectiveList, new: &DirectiveList) {
        match (old.get("deprecated"), new.get("deprecated")) {
            (None, Some(directive)) => {
                let reason = directive.specified_argument_by_name("reason");
                let reason =
                    reason.and_then(|reason| reason.as_str()).unwrap_or("no reason given").to_owned();
                self.push(element, What::Deprecated { reason });
            }
            (Some(_), None) => self.push(element, What::NoLongerDeprecated),
            _ => {}
        }
    }
}

fn with_default(input: &InputValueDefinition) -> String {
    match &input.default_value {
        Some(default) => format!("{} = {default}", input.ty),
        None => input.ty.to_string(),
    }
}

fn kind(of: &ExtendedType) -> &'static str {
    match of {
        ExtendedType::Scalar(_) => "scalar",
        ExtendedType::Object(_) => "object",
        ExtendedType::Interface(_) => "interface",
        ExtendedType::Union(_) => "union",
        ExtendedType::Enum(_) => "enum",
        ExtendedType::InputObject(_) => "input",
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) => write!(f, "type {name}"),
            Self::Field(of, name) => write!(f, "field {of}.{name}"),
            Self::Argument(of, field, name) => write!(f, "argument {name} of {of}.{field}"),
            Self::InputField(of, name) => write!(f, "input field {of}.{name}"),
            Self::EnumValue(of, name) => write!(f, "enum value {of}.{name}"),
            Self::Member(of, name) => write!(f, "{name} in {of}"),
            Self::Directive(name) => write!(f, "directive @{name}"),
            Self::Root(role) => write!(f, "the {role} type"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let element = &self.element;
        match &self.what {
            What::Added { ty: Some(ty), required: true } => {
                write!(f, "added {element}: {ty}, which is required")
            }
            What::Added { ty: Some(ty), required: false } => write!(f, "added {element}: {ty}"),
            What::Added { ty: None, .. } => write!(f, "added {element}"),
            What::Removed => write!(f, "removed {element}"),
            What::Changed { from, to, .. } => write!(f, "changed {element}: {from} is now {to}"),
            What::Deprecated { reason } => write!(f, "deprecated {element}: {reason}"),
            What::NoLongerDeprecated => write!(f, "no longer deprecated {element}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"
        directive @gone on FIELD
        type Query { a(x: Int, y: Int! = 1, z: Int): Int, b: Int!, c: [Int], gone: Int, i(in: In): Int, u: U, e: E, was: S }
        type T implements A { a: Int, old: Int @deprecated(reason: "of old") }
        type Gone { a: Int }
        interface A { a: Int }
        union U = T | Query
        enum E { X Y Z }
        input In { a: Int, b: Int!, c: Int }
        scalar S
    "#;
    const NEW: &str = r#"
        schema { query: Query mutation: T }
        type Query { a(x: Int!, y: Int! = 2, new: Int, must: Int!): Int!, b: Int, c: [Int!], i(in: In): Int, u: U, e: E, was: S }
        type T { a: Int @deprecated(reason: "use b"), old: Int, b: New }
        type New { a: Int }
        interface A { a: Int }
        union U = T | New
        enum E { X Y @deprecated W }
        input In { a: Int!, b: Int, d: Int, must: Int! }
        type S { s: Int }
    "#;

    fn parsed(sdl: &str) -> apollo_compiler::validation::Valid<Schema> {
        Schema::parse_and_validate(sdl, "schema.graphql").unwrap()
    }

    #[test]
    fn every_kind_of_change_is_told_once() {
        let found = changes(&parsed(OLD), &parsed(NEW));
        let told = found.iter().map(|change| match change.what {
            What::Changed { compatible: true, .. } => format!("{change} (compatible)"),
            _ => change.to_string(),
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_schema_does_not_differ_from_itself() {
        for sdl in [OLD, NEW] {
            assert_eq!(changes(&parsed(sdl), &parsed(sdl)), []);
        }
    }
}
