//! The part of the schema that the operations of `prefect-flow-run` are about. Each derive of cynic's reads all that its crate
//! has registered, so a crate with many of them registers no more than that.
//!
//! It is found without the operations' documents, which there are only once the operations compile.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};

/// That part of the schema whose text this is, for Rust types that stand for these.
pub(crate) fn of(schema: &str, rust_types: &BTreeSet<&str>) -> Result<String> {
    let mut schema = Schema::parse(schema, "schema.graphql").map_err(|error| anyhow!("{}", error.errors))?;
    leave(&mut schema, rust_types);
    Ok(format!("{}\n", schema.to_string().trim_end()))
}

/// Leaves in a schema what those types need that Rust types stand for: the scalars, the fields of these types, the types of
/// their arguments, and the enums in these.
fn leave(schema: &mut Schema, rust_types: &BTreeSet<&str>) {
    let stood_for = |name: &Name, ty: &ExtendedType| rust_types.contains(name.as_str()) || ty.is_scalar();
    let mut kept: BTreeSet<Name> =
        schema.types.iter().filter(|(name, ty)| stood_for(name, ty)).map(|(name, _)| name.clone()).collect();
    drop_fields(schema, &kept);
    kept.extend(arguments(schema, &kept));
    kept.extend(enums(schema, &kept));
    drop_input_fields(schema, &kept);
    schema.types.retain(|name, _| kept.contains(name));
    let roots = schema.schema_definition.make_mut();
    for root in [&mut roots.query, &mut roots.mutation, &mut roots.subscription] {
        root.take_if(|root| !kept.contains(&root.name));
    }
}

/// Fields of objects that lead to other types, or cannot do without an argument of another type.
fn drop_fields(schema: &mut Schema, kept: &BTreeSet<Name>) {
    for ty in schema.types.values_mut() {
        if let ExtendedType::Object(object) = ty {
            object.make_mut().fields.retain(|_, field| {
                let mut required = field.arguments.iter().filter(|argument| argument.is_required());
                kept.contains(field.ty.inner_named_type())
                    && required.all(|argument| kept.contains(argument.ty.inner_named_type()))
            });
        }
    }
}

/// Fields of inputs that lead to other types, unless an input must have them: no derive is to miss that one lacks.
fn drop_input_fields(schema: &mut Schema, kept: &BTreeSet<Name>) {
    for ty in schema.types.values_mut() {
        if let ExtendedType::InputObject(input) = ty {
            input
                .make_mut()
                .fields
                .retain(|_, field| field.is_required() || kept.contains(field.ty.inner_named_type()));
        }
    }
}

/// The types of the arguments of these types' fields.
fn arguments(schema: &Schema, of: &BTreeSet<Name>) -> BTreeSet<Name> {
    let objects = of.iter().filter_map(|name| schema.get_object(name));
    let fields = objects.flat_map(|object| object.fields.values());
    fields.flat_map(|field| &field.arguments).map(|argument| argument.ty.inner_named_type().clone()).collect()
}

/// The enums in these inputs.
fn enums(schema: &Schema, of: &BTreeSet<Name>) -> BTreeSet<Name> {
    let inputs = of.iter().filter_map(|name| schema.get_input_object(name));
    let fields = inputs.flat_map(|input| input.fields.values());
    fields
        .map(|field| field.ty.inner_named_type())
        .filter(|name| schema.get_enum(name).is_some())
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "
        type Query { run(where: run_filter, order: run_order): [run!]! other: other run_of(other: other_filter!): run }
        type Mutation { rename(input: rename_input!): run drop(input: drop_input!): run }
        type Subscription { run: run }
        type run { id: uuid! name: String logs(where: log_filter): log flow: other }
        type log { at: time }
        type other { run: run }
        scalar uuid
        scalar time
        input run_filter { id: uuid_filter flow: other_filter _not: run_filter }
        input uuid_filter { _eq: uuid }
        input other_filter { a: Int }
        input log_filter { at: time }
        input run_order { name: direction flow: other_order }
        input other_order { a: direction }
        enum direction { asc desc }
        input rename_input { id: uuid! name: String! flow: other_filter }
        input drop_input { id: uuid! }
    ";

    #[test]
    fn what_the_rust_types_need_is_left_and_can_be_registered() {
        let part = of(SCHEMA, &["Query", "Mutation", "run", "run_filter", "rename_input"].into()).unwrap();
        assert!(Schema::parse_and_validate(&part, "part.graphql").is_ok());
        insta::assert_snapshot!(part, @"
        type Query {
          run(where: run_filter, order: run_order): [run!]!
        }

        type Mutation {
          rename(input: rename_input!): run
        }

        type run {
          id: uuid!
          name: String
        }

        scalar uuid

        scalar time

        input run_filter {
          _not: run_filter
        }

        input run_order {
          name: direction
        }

        enum direction {
          asc
          desc
        }

        input rename_input {
          id: uuid!
          name: String!
        }
        ");
    }

    #[test]
    fn what_an_input_must_have_is_missed_if_no_rust_type_stands_for_it() {
        let schema = SCHEMA.replace("flow: other_filter }", "flow: other_filter! }");
        let part = of(&schema, &["Query", "Mutation", "run", "run_filter", "rename_input"].into()).unwrap();
        let error = Schema::parse_and_validate(&part, "part.graphql").unwrap_err().errors.to_string();
        assert!(error.contains("cannot find type `other_filter`"), "{error}");
    }

    #[test]
    fn what_is_no_schema_is_an_error() {
        assert!(of("type Query {", &BTreeSet::new()).is_err());
    }
}
