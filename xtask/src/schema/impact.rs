//! What the changes of a schema mean for our operations, in words.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::changes::{self, Change, Definition, Difference, Place};
use super::operations::{Operation, Use, Uses};
use super::rust_types::RustTypes;

/// Tells each change with the operations that it breaks, and in the end how many there are.
///
/// A change breaks an operation if its document is refused, if an answer no longer fits its Rust types, or if
/// what it sends no longer fits the schema. What was refused before is not told.
pub(crate) fn report(
    old: &Valid<Schema>,
    new: &Valid<Schema>,
    operations: &[Operation],
    types: &RustTypes,
) -> String {
    let operations: Vec<_> =
        operations.iter().map(|operation| (operation, operation.uses(old, types))).collect();
    let changes = changes::between(old, new);
    let mut told = String::new();
    let mut broken = BTreeSet::new();
    let mut breaking = 0;
    for change in &changes {
        let (verdict, lines) = judge(change, &operations, &mut broken);
        breaking += usize::from(verdict == BREAKING);
        told.push_str(&format!("{change} ({verdict})\n{lines}"));
    }
    for (operation, _) in &operations {
        let refusal = operation.refusal(new).filter(|_| operation.refusal(old).is_none());
        if let Some(refusal) = refusal.filter(|_| !broken.contains(operation.name.as_str())) {
            told.push_str(&format!("all changes together break {}: {refusal}\n", operation.name));
            broken.insert(operation.name.as_str());
        }
    }
    told.push_str(&format!(
        "changes: {}, breaking: {breaking}, operations broken: {}\n",
        changes.len(),
        broken.len()
    ));
    told
}

const BREAKING: &str = "breaking";

fn judge<'a>(
    change: &Change,
    operations: &'a [(&'a Operation, Uses<'a>)],
    broken: &mut BTreeSet<&'a str>,
) -> (&'static str, String) {
    let mut breaks = String::new();
    let mut used = String::new();
    for (operation, uses) in operations {
        let name = operation.name.as_str();
        for rust_type in rust_types(broken_uses(change, uses)) {
            breaks.push_str(&format!("  breaks {name} ({rust_type})\n"));
            broken.insert(name);
        }
        if let Difference::Deprecated(_) = change.difference {
            for rust_type in rust_types(uses.of(&change.place, |_| true)) {
                used.push_str(&format!("  used by {name} ({rust_type})\n"));
            }
        }
    }
    (if breaks.is_empty() { "harmless" } else { BREAKING }, breaks + &used)
}

fn rust_types(uses: Vec<Use<'_>>) -> BTreeSet<&str> {
    uses.into_iter().map(|by| by.rust_type).collect()
}

/// The uses that are no longer right after the change.
fn broken_uses<'a>(change: &Change, uses: &Uses<'a>) -> Vec<Use<'a>> {
    let all = |place: &Place| uses.of(place, |_| true);
    let place = &change.place;
    match (&change.difference, place) {
        (Difference::Removed, Place::EnumValue(ty, _)) => {
            let rust_enums = uses.of(&Place::Type(ty.clone()), |by| by.closed_enum);
            all(place).into_iter().chain(rust_enums).collect()
        }
        (Difference::Removed, _) | (Difference::Changed(..), Place::Type(_)) => all(place),
        (Difference::Changed(old, new), Place::Field(..)) => uses.of(place, |by| !can_be_read(by, old, new)),
        (Difference::Changed(old, new), Place::Argument(..) | Place::InputField(..)) => {
            uses.of(place, |by| !can_be_sent(by, old, new))
        }
        (Difference::Added(new), Place::InputField(ty, _)) if new.required => all(&Place::Type(ty.clone())),
        (Difference::Added(new), Place::Argument(ty, field, _)) if new.required => {
            all(&Place::Field(ty.clone(), field.clone()))
        }
        (Difference::Added(_), Place::EnumValue(ty, _)) => {
            uses.of(&Place::Type(ty.clone()), |by| by.closed_enum)
        }
        _ => Vec::new(),
    }
}

/// Whether a Rust type made for the old type of a field takes all that comes now.
fn can_be_read(by: &Use<'_>, old: &Definition, new: &Definition) -> bool {
    let (Some(old), Some(new)) = (&old.ty, &new.ty) else { return true };
    new.is_assignable_to(old) || by.optional && new.is_assignable_to(&old.as_ref().clone().nullable())
}

/// Whether what a Rust type made for the old type of an argument sends is taken now. What may be missing is
/// left out, since no null is sent.
fn can_be_sent(by: &Use<'_>, old: &Definition, new: &Definition) -> bool {
    let (Some(old), Some(new_type)) = (&old.ty, &new.ty) else { return true };
    let value = old.as_ref().clone().non_null();
    value.is_assignable_to(new_type) && !(by.optional && new.required)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::merge::Source;
    use crate::schema::parse;

    const TYPES: &str = r#"
        #[derive(cynic::QueryVariables)]
        struct Vars { input: Sent }
        #[derive(cynic::InputObject)]
        #[cynic(graphql_type = "In")]
        struct Sent { always: i32, sometimes: Option<i32> }
        #[derive(cynic::QueryFragment)]
        #[cynic(graphql_type = "Query", variables = "Vars")]
        struct Ask { row: Option<Row> }
        #[derive(cynic::QueryFragment)]
        #[cynic(graphql_type = "Row")]
        struct Row { number: i32, maybe: Option<i32>, kind: Kind, open: Open }
        #[derive(cynic::Enum)]
        #[cynic(graphql_type = "Kind")]
        enum Kind { A }
        #[derive(cynic::Enum)]
        #[cynic(graphql_type = "Open")]
        enum Open { A, #[cynic(fallback)] Other }
    "#;
    const SCHEMA: &str = "
        type Query { row(input: In, order: [By!], unused: Int): Row, other: Int }
        input In { always: Int, sometimes: Int, never: Int }
        input By { up: Order, down: Order }
        enum Order { ASC DESC }
        type Row { number: Int!, maybe: Int!, kind: Kind!, open: Open! }
        enum Kind { A }
        enum Open { A }
    ";

    /// What is told of `SCHEMA` after a change that must find its text.
    fn after(from: &str, to: &str) -> String {
        assert_eq!(SCHEMA.matches(from).count(), 1, "{from}");
        let mut types = RustTypes::default();
        types.add("ask", TYPES).unwrap();
        let document = "query Ask($input: In!) {
            row(input: $input, order: [{ up: DESC }]) { number maybe kind open }
        }";
        let operation = Operation { name: "Ask".into(), document: document.into() };
        let old = parse(&Source { path: "old", text: SCHEMA }).unwrap();
        let new = parse(&Source { path: "new", text: &SCHEMA.replace(from, to) }).unwrap();
        report(&old, &new, &[operation], &types)
    }

    fn after_each(changes: &[(&str, &str)]) -> String {
        let told: Vec<_> = changes.iter().map(|(from, to)| after(from, to)).collect();
        let is_sum = |line: &&str| !line.starts_with("changes: 1, breaking: ");
        told.concat().lines().filter(is_sum).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_breaks_is_told_with_the_rust_type() {
        let told = after_each(&[
            ("number: Int!, ", ""),
            ("number: Int!", "number: Int"),
            ("number: Int!", "number: [Int!]!"),
            ("number: Int!", "number: String!"),
            ("maybe: Int!", "maybe: String"),
            ("always: Int", "always: String"),
            ("sometimes: Int", "sometimes: Int!"),
            ("sometimes: Int, ", ""),
            ("never: Int", "never: Int, new: Int!"),
            ("unused: Int", "unused: Int, new: Int!"),
            ("order: [By!]", "order: By!"),
            ("ASC DESC", "ASC"),
            ("up: Order, ", ""),
            ("enum Kind { A }", "enum Kind { A B }"),
            ("enum Kind { A", "enum Kind { Z"),
            ("enum Open { A }", "scalar Open"),
        ]);
        insta::assert_snapshot!(told, @"
        removed: field Row.number (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Row)
        changed: field Row.number: was Int!, is Int (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Row)
        changed: field Row.number: was Int!, is [Int!]! (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Row)
        changed: field Row.number: was Int!, is String! (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Row)
        changed: field Row.maybe: was Int!, is String (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Row)
        changed: input field In.always: was Int, is String (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Sent)
        changed: input field In.sometimes: was Int, is Int! (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Sent)
        removed: input field In.sometimes (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Sent)
        added: input field In.new: Int! (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Sent)
        added: argument new of field Query.row: Int! (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Ask)
        changed: argument order of field Query.row: was [By!], is By! (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Ask)
        removed: enum value Order.DESC (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Ask)
        removed: input field By.up (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Ask)
        added: enum value Kind.B (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Kind)
        removed: enum value Kind.A (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Kind)
        added: enum value Kind.Z (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Kind)
        changes: 2, breaking: 2, operations broken: 1
        changed: type Open: was an enum, is a scalar (breaking)
          breaks Ask (prefect_flow_run::operations::ask::Open)
        removed: enum value Open.A (harmless)
        changes: 2, breaking: 1, operations broken: 1
        ");
    }

    #[test]
    fn what_breaks_nothing_is_harmless() {
        let told = after_each(&[
            (", other: Int", ""),
            (", unused: Int", ""),
            ("unused: Int", "unused: Int, new: Int! = 1"),
            ("maybe: Int!", "maybe: Int"),
            ("always: Int", "always: Int!"),
            ("always: Int", "always: Int! = 1"),
            ("sometimes: Int", "sometimes: Int! = 1"),
            (", never: Int", ""),
            ("never: Int", "never: Int, new: Int"),
            ("ASC DESC", "DESC"),
            (", down: Order", ""),
            ("enum Open { A }", "enum Open { A B }"),
            ("number: Int!", "number: Int! @deprecated(reason: \"use maybe\")"),
        ]);
        assert!(!told.contains("breaking"), "{told}");
        insta::assert_snapshot!(told, @"
        removed: field Query.other (harmless)
        removed: argument unused of field Query.row (harmless)
        added: argument new of field Query.row: Int! = 1 (harmless)
        changed: field Row.maybe: was Int!, is Int (harmless)
        changed: input field In.always: was Int, is Int! (harmless)
        changed: input field In.always: was Int, is Int! = 1 (harmless)
        changed: input field In.sometimes: was Int, is Int! = 1 (harmless)
        removed: input field In.never (harmless)
        added: input field In.new: Int (harmless)
        removed: enum value Order.ASC (harmless)
        removed: input field By.down (harmless)
        added: enum value Open.B (harmless)
        deprecated: field Row.number: use maybe (harmless)
          used by Ask (prefect_flow_run::operations::ask::Row)
        ");
    }

    #[test]
    fn a_refusal_that_no_change_explains_is_told() {
        let told = after("type Query {", "schema { query: Other }\n type Other { a: Int }\n type Query {");
        insta::assert_snapshot!(told, @"
        changed: root type of a query: was Query, is Other (harmless)
        added: type Other: an object (harmless)
        all changes together break Ask: unused variable: `$input`
        changes: 2, breaking: 0, operations broken: 1
        ");
    }

    #[test]
    fn of_equal_schemas_there_is_nothing_to_tell() {
        assert_eq!(after("ASC DESC", "DESC ASC"), "changes: 0, breaking: 0, operations broken: 0\n");
    }
}
