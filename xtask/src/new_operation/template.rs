//! The text of a new operation: one of two templates, filled in with what the schema says of a field.

use anyhow::{Context, Result, bail};
use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::{ExtendedType, ObjectType};

const QUERY: &str = include_str!("query.rs.txt");
const MUTATION: &str = include_str!("mutation.rs.txt");

/// A query that reads rows of the table `field`.
pub(super) fn query(name: &str, field: &str, schema: &Schema) -> Result<String> {
    let definition = root_field(schema, "Query", field)?;
    let row = object(schema, &definition.ty)?;
    let is_table = definition.ty.is_list()
        && definition.argument_by_name("limit").is_some()
        && row.fields.get("id").is_some_and(|id| id.ty.inner_named_type() == "uuid");
    if !is_table {
        bail!("Query.{field} is no list of a table's rows: name one with --field, such as flow_run");
    }
    Ok(filled(QUERY, name, field, row.name.as_str(), &[]))
}

/// A mutation that sends what must be sent.
pub(super) fn mutation(name: &str, field: &str, schema: &Schema) -> Result<String> {
    let definition = root_field(schema, "Mutation", field)?;
    let input = definition.argument_by_name("input").map(|input| input.ty.inner_named_type());
    let input = input.and_then(|input| schema.get_input_object(input)).with_context(|| {
        format!("Mutation.{field} has no argument `input`: name one of Prefect's own, such as archive_flow")
    })?;
    let (mut inputs, mut examples) = (String::new(), Vec::new());
    for field in input.fields.values().filter(|field| field.is_required()) {
        let (rust, example) = scalar(&field.ty).with_context(|| {
            format!("{}.{} is of the type {}: write this one by hand", input.name, field.name, field.ty)
        })?;
        inputs.push_str(&format!("    pub(crate) {}: {rust},\n", field.name));
        examples.push(format!("{}: {example}", field.name));
    }
    let payload = object(schema, &definition.ty)?;
    let answers = payload.fields.values().filter(|field| !field.ty.is_non_null() && field.name != "error");
    let answer = answers.filter_map(|field| Some((field.name.as_str(), scalar(&field.ty)?.0))).next();
    let (answer, answer_type) =
        answer.with_context(|| format!("{} has no scalar to read: write this one by hand", payload.name))?;
    let more = [
        ("{input}", input.name.as_str()),
        ("{inputs}", &inputs),
        ("{examples}", &examples.join(", ")),
        ("{answer}", answer),
        ("{answer type}", answer_type),
    ];
    Ok(filled(MUTATION, name, field, payload.name.as_str(), &more))
}

fn filled(template: &str, name: &str, field: &str, ty: &str, more: &[(&str, &str)]) -> String {
    let given = [("{Name}", name), ("{field}", field), ("{type}", ty)];
    let all = more.iter().chain(&given);
    all.fold(template.to_owned(), |text, (place, with)| text.replace(place, with))
}

fn root_field<'a>(schema: &'a Schema, root: &str, field: &str) -> Result<&'a FieldDefinition> {
    let found = schema.get_object(root).and_then(|root| root.fields.get(field));
    Ok(found.with_context(|| format!("the schema has no {root}.{field}: name one with --field"))?)
}

fn object<'a>(schema: &'a Schema, ty: &Type) -> Result<&'a ObjectType> {
    match schema.types.get(ty.inner_named_type()) {
        Some(ExtendedType::Object(object)) => Ok(object),
        _ => bail!("{ty} is no object: write this one by hand"),
    }
}

/// The Rust type of a scalar, and an example of it.
fn scalar(ty: &Type) -> Option<(&'static str, &'static str)> {
    if ty.is_list() {
        return None;
    }
    match ty.inner_named_type().as_str() {
        "UUID" | "uuid" => Some(("uuid::Uuid", "uuid::Uuid::nil()")),
        "String" => Some(("String", "\"a\".to_owned()")),
        "Int" => Some(("i32", "1")),
        "Boolean" => Some(("bool", "true")),
        _ => None,
    }
}
