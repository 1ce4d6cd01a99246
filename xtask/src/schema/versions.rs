//! Which operations fit which server versions, as `schema/versions/requirements.toml` says, and the check
//! that it says neither more nor less than the schemas and the operations' snapshots.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

use super::merge::{Source, merge};

const SNAPSHOTS: &str = "crates/prefect-flow-run/src/operations/snapshots";
const VERSIONS: [&str; 2] = ["0.10.7", "0.14"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn schema(path: &str) -> Valid<Schema> {
    Schema::parse_and_validate(text(path), path).unwrap()
}

/// The documents among the snapshots, by the operations' names. The text of a snapshot follows its header.
fn operations() -> BTreeMap<String, String> {
    let files = fs::read_dir(root().join(SNAPSHOTS)).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let documents = texts.filter_map(|text| {
        let document = text.splitn(3, "---\n").nth(2)?.to_owned();
        let (kind, rest) = document.split_once(' ')?;
        let name = rest.split(['(', ' ']).next()?.to_owned();
        matches!(kind, "query" | "mutation").then_some((name, document))
    });
    documents.collect()
}

fn fits(schema: &Valid<Schema>, document: &str) -> bool {
    ExecutableDocument::parse_and_validate(schema, document, "operation").is_ok()
}

/// The fields of inputs that operations send in variables, where their documents do not tell.
const SENT: [(&str, &str); 4] = [
    ("create_flow_run_input", "idempotency_key"),
    ("create_flow_run_input", "labels"),
    ("create_flow_run_input", "run_config"),
    ("flow_run_bool_exp", "idempotency_key"),
];

fn has(schema: &Valid<Schema>, (input, field): (&str, &str)) -> bool {
    schema.get_input_object(input).is_some_and(|input| input.fields.contains_key(field))
}

/// Of each version, the operations and the fields of inputs that do not fit it.
fn found() -> BTreeMap<String, Vec<String>> {
    let present = schema("schema/prefect-server.graphql");
    let operations = operations();
    assert!(operations.len() > 25, "{}", operations.len());
    let mut all = BTreeMap::new();
    for version in VERSIONS {
        let schema = schema(&format!("schema/versions/prefect-server-{version}.graphql"));
        let lacking =
            |(_, document): &(&String, &String)| !fits(&schema, document) && fits(&present, document);
        let names = operations.iter().filter(lacking).map(|(name, _)| name.clone());
        let inputs = SENT.into_iter().filter(|sent| !has(&schema, *sent));
        let inputs = inputs.map(|(input, field)| format!("{input}.{field}"));
        all.insert(version.to_owned(), names.chain(inputs).collect());
    }
    let cloud = operations.iter().filter(|(_, document)| !fits(&present, document));
    all.insert("cloud_only".to_owned(), cloud.map(|(name, _)| name.clone()).collect());
    all
}

#[test]
fn each_operation_fits_the_versions_that_the_table_says() {
    let told: BTreeMap<String, Vec<String>> =
        toml::from_str(&text("schema/versions/requirements.toml")).unwrap();
    assert_eq!(told, found());
}

#[test]
fn the_readme_names_each_operation_that_does_not_fit_an_old_server() {
    let readme = text("crates/prefect-flow-run/README.md");
    let (_, section) = readme.split_once("## Server versions").unwrap();
    let found = found();
    let names = VERSIONS.iter().filter_map(|version| found.get(*version)).flatten();
    for name in names.filter(|name| !name.contains('.')) {
        assert!(section.contains(&format!("`{name}`")), "{name} is not in the README");
    }
}

#[test]
fn the_schemas_are_canonical() {
    for version in VERSIONS {
        let path = format!("schema/versions/prefect-server-{version}.graphql");
        let sdl = text(&path);
        let canonical = merge(&[Source { path: &path, text: &sdl }]).unwrap();
        assert!(sdl == canonical, "{path} is not in canonical form");
    }
}
