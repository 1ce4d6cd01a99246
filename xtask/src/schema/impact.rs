//! Whom the changes of a schema concern: which operations they break, and which of their Rust types they touch.

use std::collections::BTreeSet;
use std::fmt;

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

use super::changes::{Change, Element, What, changes};
use super::operations::Operation;
use super::rust_types::RustType;

/// How two schemas differ, as far as these operations are concerned.
pub(crate) struct Impact<'a> {
    findings: Vec<Finding<'a>>,
    /// Operations that no longer fit for a reason that no change was found to be, with the reason.
    unexplained: Vec<(&'a Operation, String)>,
}

struct Finding<'a> {
    change: Change,
    breaks: bool,
    concerned: Vec<Concerned<'a>>,
}

/// An operation, and its types that the change is about.
struct Concerned<'a> {
    operation: &'a Operation,
    types: Vec<&'a RustType>,
}

/// What an operation uses of a schema.
struct Uses<'a> {
    operation: &'a Operation,
    elements: BTreeSet<Element>,
}

impl<'a> Impact<'a> {
    /// Operations that do not fit the old schema are left out of it.
    pub(crate) fn new(old: &Valid<Schema>, new: &Valid<Schema>, operations: &'a [Operation]) -> Self {
        let uses: Vec<_> = operations.iter().filter_map(|operation| Uses::of(operation, old)).collect();
        let changes = changes(old, new).into_iter();
        let findings: Vec<_> = changes.map(|change| Finding::new(change, &uses)).collect();
        let explained = |operation: &Operation| {
            let mut broken = findings.iter().filter(|finding| finding.breaks);
            broken.any(|finding| finding.concerned.iter().any(|one| one.operation.name == operation.name))
        };
        let unexplained = uses.iter().filter(|one| !explained(one.operation));
        let unexplained =
            unexplained.filter_map(|one| Some((one.operation, misfit(new, &one.operation.document)?)));
        Self { unexplained: unexplained.collect(), findings }
    }

    fn broken(&self) -> BTreeSet<&str> {
        let explained = self.findings.iter().filter(|finding| finding.breaks);
        let explained = explained.flat_map(|finding| &finding.concerned).map(|one| one.operation);
        let all = explained.chain(self.unexplained.iter().map(|(operation, _)| *operation));
        all.map(|operation| operation.name.as_str()).collect()
    }
}

/// Why a document does not fit a schema; `None` if it does.
///
/// Of a field that is not there apollo-compiler also says that it is missed around it: that comes last.
pub(crate) fn misfit(schema: &Valid<Schema>, document: &str) -> Option<String> {
    let invalid = ExecutableDocument::parse_and_validate(schema, document, "operation").err()?;
    let reasons = invalid.errors.iter().map(|diagnostic| diagnostic.error.to_string());
    reasons.min_by_key(|reason| reason.contains("must have a subselection set"))
}

impl<'a> Finding<'a> {
    fn new(change: Change, uses: &[Uses<'a>]) -> Self {
        let concerned: Vec<_> = uses.iter().filter_map(|uses| uses.concerned(&change)).collect();
        let breaks = match &change.what {
            What::Removed | What::Added { required: true, .. } => !concerned.is_empty(),
            What::Added { required: false, .. } => concerned.iter().any(Concerned::has_no_fallback),
            What::Changed { compatible, .. } => !compatible && !concerned.is_empty(),
            What::Deprecated { .. } | What::NoLongerDeprecated => false,
        };
        Self { change, breaks, concerned }
    }
}

impl Concerned<'_> {
    /// Whether an enum's new value is one that a type cannot be.
    fn has_no_fallback(&self) -> bool {
        self.types.iter().any(|ty| ty.derives == "Enum" && !ty.has_fallback)
    }
}

impl<'a> Uses<'a> {
    /// `None` for an operation that does not fit the schema.
    fn of(operation: &'a Operation, schema: &Valid<Schema>) -> Option<Self> {
        let document =
            ExecutableDocument::parse_and_validate(schema, &operation.document, "operation").ok()?;
        let mut elements = BTreeSet::new();
        for one in document.operations.iter() {
            elements.insert(Element::Root(one.operation_type.name().to_owned()));
            for variable in &one.variables {
                elements.insert(Element::Type(variable.ty.inner_named_type().to_string()));
            }
            add_selections(&one.selection_set, schema, &mut elements);
        }
        for input in operation.types.iter().filter(|ty| ty.derives == "InputObject") {
            elements.insert(Element::Type(input.graphql_type.clone()));
            let fields = input.fields.iter();
            elements
                .extend(fields.map(|field| Element::InputField(input.graphql_type.clone(), field.clone())));
        }
        let enums = operation.types.iter().filter(|ty| ty.derives == "Enum");
        elements.extend(enums.map(|ty| Element::Type(ty.graphql_type.clone())));
        Some(Self { operation, elements })
    }

    fn concerned(&self, change: &Change) -> Option<Concerned<'a>> {
        let is_used = |element: &Element| self.elements.contains(element);
        let type_is_used = |name: &String| is_used(&Element::Type(name.clone()));
        let added = matches!(change.what, What::Added { .. });
        let (of, field, used) = match &change.element {
            Element::Argument(of, field, _) if added => {
                (of, Some(field), is_used(&Element::Field(of.clone(), field.clone())))
            }
            Element::InputField(of, _) if added => (of, None, type_is_used(of)),
            Element::Argument(of, field, _) | Element::Field(of, field) | Element::InputField(of, field) => {
                (of, Some(field), is_used(&change.element))
            }
            Element::EnumValue(of, _) => (of, None, is_used(&change.element) || type_is_used(of)),
            Element::Type(of) | Element::Root(of) => (of, None, is_used(&change.element)),
            Element::Member(..) | Element::Directive(_) => return None,
        };
        let is_touched =
            |ty: &&RustType| ty.graphql_type == *of && field.is_none_or(|field| ty.fields.contains(field));
        let types = self.operation.types.iter().filter(is_touched).collect();
        used.then_some(Concerned { operation: self.operation, types })
    }
}

fn add_selections(set: &SelectionSet, schema: &Schema, elements: &mut BTreeSet<Element>) {
    elements.insert(Element::Type(set.ty.to_string()));
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                let (of, name) = (set.ty.to_string(), field.name.to_string());
                elements.insert(Element::Type(field.definition.ty.inner_named_type().to_string()));
                for argument in &field.arguments {
                    elements.insert(Element::Argument(of.clone(), name.clone(), argument.name.to_string()));
                    if let Some(definition) = field.definition.argument_by_name(&argument.name) {
                        add_value(&argument.value, definition.ty.inner_named_type(), schema, elements);
                    }
                }
                elements.insert(Element::Field(of, name));
                add_selections(&field.selection_set, schema, elements);
            }
            Selection::InlineFragment(fragment) => add_selections(&fragment.selection_set, schema, elements),
            // The documents that cynic writes have none.
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// What is written out in a document, and not sent in a variable.
fn add_value(value: &Value, ty: &str, schema: &Schema, elements: &mut BTreeSet<Element>) {
    match value {
        Value::Enum(name) => {
            elements.insert(Element::EnumValue(ty.to_owned(), name.to_string()));
        }
        Value::List(values) => values.iter().for_each(|value| add_value(value, ty, schema, elements)),
        Value::Object(fields) => {
            let Some(input) = schema.get_input_object(ty) else { return };
            elements.insert(Element::Type(ty.to_owned()));
            for (name, value) in fields {
                elements.insert(Element::InputField(ty.to_owned(), name.to_string()));
                if let Some(field) = input.fields.get(name) {
                    add_value(value, field.ty.inner_named_type(), schema, elements);
                }
            }
        }
        _ => {}
    }
}

impl fmt::Display for Impact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for (operation, reason) in &self.unexplained {
            writeln!(f, "{} ({}) no longer fits: {reason}", operation.name, operation.source)?;
        }
        let broken = self.broken();
        match (self.findings.len(), broken.len()) {
            (0, _) => writeln!(f, "the schema did not change"),
            (1, 0) => writeln!(f, "1 change, which breaks no operation"),
            (changes, 0) => writeln!(f, "{changes} changes, which break no operation"),
            (changes, _) => {
                let broken = broken.into_iter().collect::<Vec<_>>().join(", ");
                writeln!(f, "{changes} change{}, to be mended: {broken}", if changes == 1 { "" } else { "s" })
            }
        }
    }
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { change, breaks, concerned } = self;
        let concerned = concerned.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match (breaks, concerned.is_empty()) {
            (true, _) => write!(f, "{change}: BREAKS {concerned}"),
            (false, true) => write!(f, "{change}: breaks nothing, no operation uses it"),
            (false, false) => write!(f, "{change}: breaks nothing; used by {concerned}"),
        }
    }
}

impl fmt::Display for Concerned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.types.iter().map(|ty| ty.path.as_str()).collect::<Vec<_>>().join(", ");
        match types.as_str() {
            "" => f.write_str(&self.operation.name),
            types => write!(f, "{} ({types})", self.operation.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::rust_types::RustTypes;

    const SDL: &str = "
        type Query { run(where: run_bool_exp, order_by: order_by, limit: Int): [run!]!, other: Int }
        type run { id: ID!, name: String, kind: Kind, colour: Colour, unused: Int }
        input run_bool_exp { name: String, id: ID }
        enum order_by { asc desc }
        enum Kind { A B }
        enum Colour { RED }
    ";
    const SOURCE: &str = r#"
        #[derive(cynic::InputObject)] #[cynic(graphql_type = "run_bool_exp")] struct RunWhere { name: String }
        #[derive(cynic::QueryVariables)] struct Variables { filter: RunWhere }
        #[derive(cynic::QueryFragment)] #[cynic(graphql_type = "Query", variables = "Variables")]
        struct Runs { run: Vec<Row> }
        #[derive(cynic::QueryFragment)] #[cynic(graphql_type = "run")]
        struct Row { id: String, name: Option<String>, kind: Option<Kind>, colour: Option<Colour> }
        #[derive(cynic::Enum)] enum Kind { A, B }
        #[derive(cynic::Enum)] enum Colour { RED, #[cynic(fallback)] Other(String) }
    "#;

    fn parsed(sdl: &str) -> Valid<Schema> {
        Schema::parse_and_validate(sdl, "schema.graphql").unwrap()
    }

    /// What is said when a text of the schema is replaced.
    fn told(from: &str, to: &str) -> String {
        assert_eq!(SDL.matches(from).count(), 1, "{from}");
        let mut types = RustTypes::default();
        types.add("runs", SOURCE).unwrap();
        let operation = Operation {
            name: "Runs".to_owned(),
            source: "runs.rs".to_owned(),
            document: "query Runs($filter: run_bool_exp) { run(where: $filter, order_by: asc) { id name kind colour } }"
                .to_owned(),
            types: types.reachable("runs", "Runs"),
        };
        Impact::new(&parsed(SDL), &parsed(&SDL.replace(from, to)), &[operation]).to_string()
    }

    #[test]
    fn what_breaks_an_operation_is_told_with_its_types() {
        let breaking = [
            ("name: String, kind", "kind"),
            ("name: String, kind", "name: Int, kind"),
            ("id: ID!, name: String, kind", "id: ID, name: String, kind"),
            ("limit: Int", "limit: Int, tenant: ID!"),
            ("where: run_bool_exp, ", ""),
            ("name: String, id: ID }", "id: ID }"),
            ("name: String, id: ID }", "name: String!, id: ID }"),
            ("name: String, id: ID }", "name: String, id: ID, tenant: ID! }"),
            ("asc desc", "desc"),
            ("A B", "A B C"),
        ];
        let told = breaking.map(|(from, to)| told(from, to));
        assert!(told.iter().all(|told| told.ends_with("to be mended: Runs\n")), "{told:#?}");
        insta::assert_snapshot!(told.concat());
    }

    #[test]
    fn what_breaks_nothing_is_told_as_such() {
        let harmless = [
            ("unused: Int", ""),
            ("unused: Int", "unused: Int, added: Int"),
            ("name: String, kind", "name: String!, kind"),
            ("name: String, kind", "name: String @deprecated(reason: \"use id\"), kind"),
            ("limit: Int", "limit: Int! = 5, offset: Int"),
            ("name: String, id: ID }", "name: String, id: ID, tenant: ID }"),
            ("asc desc", "asc desc asc_nulls_first"),
            ("RED", "RED GREEN"),
            ("other: Int", "other: Int, more: More } type More { a: Int"),
            ("other: Int", "other: Int "),
        ];
        let told = harmless.map(|(from, to)| told(from, to));
        assert!(told.iter().all(|told| !told.contains("BREAKS") && !told.contains("mended")), "{told:#?}");
        insta::assert_snapshot!(told.concat());
    }
}
