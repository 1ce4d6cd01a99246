//! Whether each operation fits each schema that is kept, as `schema/versions/requirements.toml` says: no more and
//! no less.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::artefacts::{self, MERGED_SDL, SERVER_SDL};
use super::impact::misfit;
use super::operations::{self, Operation};
use super::parse;

const REQUIREMENTS: &str = "schema/versions/requirements.toml";
/// What fits no Prefect Server, as the table calls it.
const CLOUD_ONLY: &str = "cloud_only";
pub(super) const VERSIONS: [&str; 2] = ["0.10.7", "0.14"];

/// The fields of inputs that operations send in variables only when they are asked to, and that old servers lack.
const OPTIONS: [(&str, &str); 4] = [
    ("create_flow_run_input", "idempotency_key"),
    ("create_flow_run_input", "labels"),
    ("create_flow_run_input", "run_config"),
    ("flow_run_bool_exp", "idempotency_key"),
];

/// Of each version, the operations and the fields of inputs that do not fit it.
type Requirements = BTreeMap<String, BTreeSet<String>>;

/// Fails if an operation does not fit a schema, and the table does not say so, or says so of one that fits.
pub(crate) fn check(root: &Path) -> Result<()> {
    let told = artefacts::read(root, REQUIREMENTS)?;
    let mut told: Requirements =
        toml::from_str(&told).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let operations = operations::all(root)?;
    let server = schema(root, SERVER_SDL)?;
    let merged = schema(root, MERGED_SDL)?;

    let mut wrong = Vec::new();
    let mut sound = Vec::new();
    for operation in &operations {
        match misfit(&merged, &operation.document) {
            None => sound.push(operation),
            Some(why) => {
                wrong.push(does_not_fit_at_all(operation, &why));
                told.values_mut().for_each(|names| names.retain(|name| *name != operation.name));
            }
        }
    }
    let cloud = misfits(&server, &sound);
    wrong.extend(differences(CLOUD_ONLY, SERVER_SDL, told.get(CLOUD_ONLY), &cloud));
    sound.retain(|operation| !cloud.contains_key(&operation.name));
    for version in VERSIONS {
        let path = path(version);
        let schema = schema(root, &path)?;
        let mut found = misfits(&schema, &sound);
        found.extend(lacking_options(&schema));
        wrong.extend(differences(version, &path, told.get(version), &found));
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    println!("{} operations fit the schemas that they are to fit", operations.len());
    Ok(())
}

/// Of the rows of the table, those whose servers do not have a field.
pub(crate) fn without(root: &Path, of: &str, field: &str) -> Result<Vec<&'static str>> {
    let lacks = |path: &str| -> Result<bool> {
        let schema = schema(root, path)?;
        Ok(!schema.get_object(of).is_some_and(|of| of.fields.contains_key(field)))
    };
    if lacks(SERVER_SDL)? {
        return Ok(vec![CLOUD_ONLY]);
    }
    let mut without = Vec::new();
    for version in VERSIONS {
        if lacks(&path(version))? {
            without.push(version);
        }
    }
    Ok(without)
}

pub(super) fn path(version: &str) -> String {
    format!("schema/versions/prefect-server-{version}.graphql")
}

pub(super) fn schema(root: &Path, path: &str) -> Result<Valid<Schema>> {
    parse(path, &artefacts::read(root, path)?)
}

fn does_not_fit_at_all(operation: &Operation, why: &str) -> String {
    let Operation { name, source, .. } = operation;
    format!(
        "{name} fits no schema of the present: {why}; mend {source} and accept its snapshot with \
         `INSTA_UPDATE=always cargo test -p prefect-flow-run --lib`, or take the schema of another server with \
         `cargo xtask schema refresh`"
    )
}

/// What does not fit, and why.
fn misfits(schema: &Valid<Schema>, operations: &[&Operation]) -> BTreeMap<String, String> {
    let found = operations.iter().map(|one| (one.name.clone(), misfit(schema, &one.document)));
    found.filter_map(|(name, why)| Some((name, why?))).collect()
}

/// The same of options.
fn lacking_options(schema: &Valid<Schema>) -> impl Iterator<Item = (String, String)> {
    let has = |(input, field): &(&str, &str)| {
        schema.get_input_object(input).is_some_and(|input| input.fields.contains_key(*field))
    };
    let lacking = OPTIONS.iter().filter(move |option| !has(option));
    lacking.map(|(input, field)| (format!("{input}.{field}"), "there is no such field".to_owned()))
}

fn differences(
    row: &str,
    path: &str,
    told: Option<&BTreeSet<String>>,
    found: &BTreeMap<String, String>,
) -> Vec<String> {
    let nothing = BTreeSet::new();
    let told = told.unwrap_or(&nothing);
    let untold = found.iter().filter(|(name, _)| !told.contains(*name)).map(|(name, why)| {
        format!("{name} does not fit {path}: {why}; mend it, or say so under \"{row}\" in {REQUIREMENTS}")
    });
    let unfounded = told.iter().filter(|name| !found.contains_key(*name));
    let unfounded = unfounded
        .map(|name| format!("{name} fits {path}, or is gone: take it out of \"{row}\" in {REQUIREMENTS}"));
    untold.chain(unfounded).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::schema::merge::{Source, merge};
    use crate::schema::tests::copy_of_this_workspace;

    #[test]
    fn each_operation_fits_the_versions_that_the_table_says() {
        check(copy_of_this_workspace().path()).unwrap();
    }

    #[test]
    fn what_the_table_lacks_and_what_it_has_too_much_is_told() {
        let root = copy_of_this_workspace();
        let file = root.path().join(REQUIREMENTS);
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replacen("    \"CancelFlowRun\",\n", "    \"FlowRunLogs\",\n", 1);
        fs::write(&file, text.replace("\"SwitchTenant\"", "\"ReadFlowRun\"")).unwrap();
        insta::assert_snapshot!(check(root.path()).unwrap_err());
    }

    #[test]
    fn the_readme_names_each_operation_that_does_not_fit_an_old_server() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let readme = fs::read_to_string(root.join("crates/prefect-flow-run/README.md")).unwrap();
        let (_, section) = readme.split_once("## Server versions").unwrap();
        let text = fs::read_to_string(root.join(REQUIREMENTS)).unwrap();
        let told: Requirements = toml::from_str(&text).unwrap();
        let names = VERSIONS.iter().flat_map(|version| &told[*version]);
        for name in names.filter(|name| !name.contains('.')) {
            assert!(section.contains(&format!("`{name}`")), "{name} is not in the README");
        }
    }

    #[test]
    fn the_schemas_are_canonical() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for version in VERSIONS {
            let path = path(version);
            let sdl = fs::read_to_string(root.join(&path)).unwrap();
            let canonical = merge(&[Source { path: &path, text: &sdl }]).unwrap();
            assert!(sdl == canonical, "{path} is not in canonical form");
        }
    }
}
