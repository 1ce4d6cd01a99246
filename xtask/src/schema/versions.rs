//! Which operations fit which servers: by the schemas, and by `schema/versions/requirements.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::artefacts::{MERGED_SDL, SERVER_SDL, read};
use super::merge::Source;
use super::operations::{self, Operation};
use super::parse;
use super::rust_types::RustTypes;

const FOLDER: &str = "schema/versions";
const REQUIREMENTS: &str = "schema/versions/requirements.toml";
const CLOUD_ONLY: &str = "cloud_only";

/// The fields of inputs that operations send in variables, where their documents do not tell.
const SENT: [(&str, &str); 4] = [
    ("create_flow_run_input", "idempotency_key"),
    ("create_flow_run_input", "labels"),
    ("create_flow_run_input", "run_config"),
    ("flow_run_bool_exp", "idempotency_key"),
];

/// Of each version and of Prefect Cloud, what does not fit: operations, and fields of inputs.
type Table = BTreeMap<String, BTreeSet<String>>;

/// Fails unless each operation fits the present schema, and all that does not fit another is in the table.
pub(crate) fn check(root: &Path) -> Result<()> {
    let operations = operations::all(root)?;
    let merged = schema(root, MERGED_SDL)?;
    let misfits = misfits(&operations, &RustTypes::read(root)?, &merged);
    if !misfits.is_empty() {
        bail!(
            "operations that do not fit {MERGED_SDL}, which is derived from `schema/`:\n{}\n\
             change the types in crates/prefect-flow-run/src/operations and write their snapshots with\n  \
             INSTA_UPDATE=always cargo test -p prefect-flow-run --lib operations\n\
             or take the schema of another server with\n  cargo xtask schema refresh --url URL",
            misfits.join("\n")
        );
    }
    let corrections = corrections(&told(root)?, &found(root, &operations, &merged)?);
    if !corrections.is_empty() {
        bail!("{REQUIREMENTS} is not what the schemas say; edit it:\n{}", corrections.join("\n"));
    }
    println!("{} operations fit the schemas as {REQUIREMENTS} says", operations.len());
    Ok(())
}

/// Why operations do not fit the present schema.
fn misfits(operations: &[Operation], types: &RustTypes, merged: &Valid<Schema>) -> Vec<String> {
    let of_operation = |operation: &Operation| {
        let refusal = operation.refusal(merged).into_iter();
        let misfits = refusal.chain(operation.misfits(merged, types));
        misfits.map(|misfit| format!("  {}: {misfit}", operation.name)).collect::<Vec<_>>()
    };
    operations.iter().flat_map(of_operation).collect()
}

fn told(root: &Path) -> Result<Table> {
    toml::from_str(&read(root, REQUIREMENTS)?).with_context(|| format!("cannot read {REQUIREMENTS}"))
}

/// The table as the schemas have it. What fits no server of the present is Prefect Cloud's.
fn found(root: &Path, operations: &[Operation], merged: &Valid<Schema>) -> Result<Table> {
    let server = schema(root, SERVER_SDL)?;
    let fits = |operation: &Operation, schema: &Valid<Schema>| operation.refusal(schema).is_none();
    let (cloud, servers): (Vec<_>, Vec<_>) =
        operations.iter().partition(|operation| fits(operation, merged) && !fits(operation, &server));
    let mut table = Table::new();
    table.insert(CLOUD_ONLY.to_owned(), cloud.iter().map(|operation| operation.name.clone()).collect());
    for version in versions(root)? {
        let schema = schema(root, &path(&version))?;
        let names = servers.iter().filter(|operation| !fits(operation, &schema));
        let names = names.map(|operation| operation.name.clone());
        let inputs = SENT.into_iter().filter(|sent| !has(&schema, *sent));
        let inputs = inputs.map(|(input, field)| format!("{input}.{field}"));
        table.insert(version, names.chain(inputs).collect());
    }
    Ok(table)
}

/// Of the table's rows, those whose servers do not have a field of this type.
pub(crate) fn without(root: &Path, of: &str, field: &str) -> Result<Vec<String>> {
    let lacks = |path: &str| -> Result<bool> {
        let schema = schema(root, path)?;
        Ok(!schema.get_object(of).is_some_and(|of| of.fields.contains_key(field)))
    };
    if lacks(SERVER_SDL)? {
        return Ok(vec![CLOUD_ONLY.to_owned()]);
    }
    let mut without = Vec::new();
    for version in versions(root)? {
        if lacks(&path(&version))? {
            without.push(version);
        }
    }
    Ok(without)
}

fn has(schema: &Schema, (input, field): (&str, &str)) -> bool {
    schema.get_input_object(input).is_some_and(|input| input.fields.contains_key(field))
}

/// What to do to the table, a line each.
fn corrections(told: &Table, found: &Table) -> Vec<String> {
    let mut lines = Vec::new();
    let versions: BTreeSet<_> = told.keys().chain(found.keys()).collect();
    for version in versions {
        match (told.get(version), found.get(version)) {
            (Some(told), Some(found)) => {
                lines.extend(found.difference(told).map(|name| format!("  add {name} to {version}")));
                lines.extend(told.difference(found).map(|name| format!("  take {name} out of {version}")));
            }
            (None, _) => lines.push(format!("  add {version}, of which there is a schema in {FOLDER}")),
            (_, None) => lines.push(format!("  take {version} out, of which there is no {}", path(version))),
        }
    }
    lines
}

/// The versions of which there is a schema.
fn versions(root: &Path) -> Result<Vec<String>> {
    let mut versions = Vec::new();
    for file in fs::read_dir(root.join(FOLDER)).with_context(|| format!("cannot read {FOLDER}"))? {
        let name = file?.file_name();
        let name = name.to_str().and_then(|name| name.strip_prefix("prefect-server-"));
        versions.extend(name.and_then(|name| name.strip_suffix(".graphql")).map(str::to_owned));
    }
    versions.sort();
    Ok(versions)
}

fn path(version: &str) -> String {
    format!("{FOLDER}/prefect-server-{version}.graphql")
}

pub(super) fn schema(root: &Path, path: &str) -> Result<Valid<Schema>> {
    parse(&Source { path, text: &read(root, path)? })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::schema::merge::merge;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn each_operation_fits_the_versions_that_the_table_says() {
        check(&root()).unwrap();
    }

    #[test]
    fn a_row_too_many_and_a_row_too_few_are_told() {
        let table = |rows: &[(&str, &[&str])]| -> Table {
            let rows = rows.iter();
            rows.map(|(key, names)| {
                ((*key).to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
            })
            .collect()
        };
        let told = table(&[("0.14", &["FindFlow", "FindVersion"]), ("0.13", &[])]);
        let found = table(&[("0.14", &["FindVersion", "Agents"]), ("0.15", &[])]);
        insta::assert_snapshot!(corrections(&told, &found).join("\n"), @"
        take 0.13 out, of which there is no schema/versions/prefect-server-0.13.graphql
        add Agents to 0.14
        take FindFlow out of 0.14
        add 0.15, of which there is a schema in schema/versions
        ");
        assert_eq!(corrections(&found, &found), [""; 0]);
    }

    #[test]
    fn the_readme_names_each_operation_that_does_not_fit_an_old_server() {
        let readme = read(&root(), "crates/prefect-flow-run/README.md").unwrap();
        let (_, section) = readme.split_once("## Server versions").unwrap();
        let mut told = told(&root()).unwrap();
        told.remove(CLOUD_ONLY);
        let names: Vec<_> = told.values().flatten().filter(|name| !name.contains('.')).collect();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert!(section.contains(&format!("`{name}`")), "{name} is not in the README");
        }
    }

    #[test]
    fn the_schemas_are_canonical() {
        let versions = versions(&root()).unwrap();
        assert!(versions.len() > 1, "{versions:?}");
        for version in versions {
            let path = path(&version);
            let sdl = read(&root(), &path).unwrap();
            let canonical = merge(&[Source { path: &path, text: &sdl }]).unwrap();
            assert!(sdl == canonical, "{path} is not in canonical form");
        }
    }
}
