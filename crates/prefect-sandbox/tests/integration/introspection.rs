//! What introspection says of the sandbox is the schema that maintainers edit.

use std::collections::BTreeMap;

use apollo_compiler::Schema;
use apollo_compiler::schema::{Component, ExtendedType, InputValueDefinition};
use prefect_sandbox::{CloudMode, Sandbox};
use serde_json::Value;

use crate::common::Client;

const QUERY: &str = "{ __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types { kind name
      fields(includeDeprecated: true) { name type { ...T } args { ...I } }
      inputFields { ...I } interfaces { name } possibleTypes { name }
      enumValues(includeDeprecated: true) { name } } } }
  fragment I on __InputValue { name defaultValue type { ...T } }
  fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// Type → its kind, and its members as the SDL writes them.
type Summary = BTreeMap<String, (String, BTreeMap<String, String>)>;

#[tokio::test]
async fn prefect_server_serves_its_schema() {
    let sandbox = Sandbox::start().await.unwrap();
    assert_serves(&sandbox, include_str!("../../schema/prefect-server.graphql")).await;
}

#[tokio::test]
async fn prefect_cloud_serves_both_schemas() {
    let sandbox = Sandbox::builder().cloud(CloudMode::new()).start().await.unwrap();
    assert_serves(&sandbox, include_str!("../../schema/prefect-cloud-merged.graphql")).await;
}

async fn assert_serves(sandbox: &Sandbox, sdl: &str) {
    let schema = Schema::parse_and_validate(sdl, "schema.graphql").unwrap();
    let data = Client::new(sandbox).data(QUERY).await;
    let found = &data["__schema"];
    let definition = &schema.schema_definition;
    for (key, root) in [
        ("queryType", &definition.query),
        ("mutationType", &definition.mutation),
        ("subscriptionType", &definition.subscription),
    ] {
        assert_eq!(found[key]["name"].as_str(), root.as_ref().map(|root| root.name.as_str()), "{key}");
    }
    let (found, expected) = (served(&found["types"]), written(&schema));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, expected) in &expected {
        assert_eq!(&found[name], expected, "{name}");
    }
}

fn written(schema: &Schema) -> Summary {
    let types = schema.types.iter().filter(|(name, _)| !name.starts_with("__"));
    types.map(|(name, definition)| (name.to_string(), written_type(definition))).collect()
}

fn written_type(definition: &ExtendedType) -> (String, BTreeMap<String, String>) {
    let value = |value: &InputValueDefinition| {
        let default = value.default_value.as_ref().map(|default| format!(" = {default}"));
        format!("{}: {}{}", value.name, value.ty, default.unwrap_or_default())
    };
    let input = |field: &Component<InputValueDefinition>| (field.name.to_string(), value(field));
    match definition {
        ExtendedType::Scalar(_) => ("SCALAR".to_owned(), BTreeMap::new()),
        ExtendedType::Object(object) => {
            let fields = object.fields.values().map(|field| {
                let mut arguments: Vec<String> =
                    field.arguments.iter().map(|argument| value(argument)).collect();
                arguments.sort();
                (field.name.to_string(), format!("({}): {}", arguments.join(", "), field.ty))
            });
            ("OBJECT".to_owned(), fields.collect())
        }
        ExtendedType::Enum(definition) => {
            let values = definition.values.keys().map(|value| (value.to_string(), String::new()));
            ("ENUM".to_owned(), values.collect())
        }
        ExtendedType::InputObject(object) => {
            ("INPUT_OBJECT".to_owned(), object.fields.values().map(input).collect())
        }
        other => panic!("the schema has no {other:?}"),
    }
}

fn served(types: &Value) -> Summary {
    let types = list(types).filter(|definition| !text(definition, "name").starts_with("__"));
    types.map(|definition| (text(definition, "name"), served_type(definition))).collect()
}

fn served_type(definition: &Value) -> (String, BTreeMap<String, String>) {
    let value = |value: &Value| {
        let default = value["defaultValue"].as_str().map(|default| format!(" = {default}"));
        format!("{}: {}{}", text(value, "name"), type_text(&value["type"]), default.unwrap_or_default())
    };
    let mut members = BTreeMap::new();
    for field in list(&definition["fields"]) {
        let mut arguments: Vec<String> = list(&field["args"]).map(value).collect();
        arguments.sort();
        let field_text = format!("({}): {}", arguments.join(", "), type_text(&field["type"]));
        members.insert(text(field, "name"), field_text);
    }
    members.extend(list(&definition["inputFields"]).map(|field| (text(field, "name"), value(field))));
    members.extend(list(&definition["enumValues"]).map(|value| (text(value, "name"), String::new())));
    (text(definition, "kind"), members)
}

fn type_text(ty: &Value) -> String {
    match ty["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", type_text(&ty["ofType"])),
        Some("LIST") => format!("[{}]", type_text(&ty["ofType"])),
        _ => text(ty, "name"),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}")).to_owned()
}
