//! `cargo xtask schema`: takes the server's SDL from a server, and keeps the derived files in step.

mod artefacts;
mod canonical;
mod changes;
mod impact;
mod merge;
pub(crate) mod operations;
mod part;
mod provenance;
mod refresh;
mod rust_types;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use clap::{Args, Subcommand};

use artefacts::{Artefact, SERVER_SDL};
use merge::Source;
use rust_types::RustTypes;
pub(crate) use versions::without as versions_without;

/// What to do with the schema and the derived files.
#[derive(Subcommand)]
pub(crate) enum Task {
    /// Take the server's schema from a running Prefect Server; tell what changed, and which of our operations
    /// that breaks
    Refresh(refresh::Server),
    /// Write every file that is derived from `schema/`
    Derive,
    /// Fail if a derived file is out of step, if the server's schema was edited by hand, or if an operation
    /// does not fit a schema that it should fit
    Check,
    /// Tell what changed from one schema to another, and which of our operations that breaks
    Diff(Files),
}

/// Two schemas.
#[derive(Args)]
pub(crate) struct Files {
    /// The SDL of the schema as it was
    old: PathBuf,
    /// The SDL of the schema as it is
    new: PathBuf,
}

/// Runs a schema task in the workspace at `root`.
pub(crate) fn run(task: &Task, root: &Path) -> Result<()> {
    match task {
        Task::Refresh(server) => refresh::run(server, root),
        Task::Derive => derive(root),
        Task::Check => check(root),
        Task::Diff(files) => diff(files, root),
    }
}

fn diff(files: &Files, root: &Path) -> Result<()> {
    let old =
        fs::read_to_string(&files.old).with_context(|| format!("cannot read {}", files.old.display()))?;
    let new =
        fs::read_to_string(&files.new).with_context(|| format!("cannot read {}", files.new.display()))?;
    let old = Source { path: &files.old.to_string_lossy(), text: &old };
    let new = Source { path: &files.new.to_string_lossy(), text: &new };
    print!("{}", differences(root, &old, &new)?);
    Ok(())
}

/// What changed from one SDL to another, in words.
fn differences(root: &Path, old: &Source<'_>, new: &Source<'_>) -> Result<String> {
    Ok(impact::report(&parse(old)?, &parse(new)?, &operations::all(root)?, &RustTypes::read(root)?))
}

/// What both kinds of server have, as operations are compiled against it.
pub(crate) fn merged(root: &Path) -> Result<Valid<Schema>> {
    versions::schema(root, artefacts::MERGED_SDL)
}

fn parse(source: &Source<'_>) -> Result<Valid<Schema>> {
    Schema::parse_and_validate(source.text, source.path)
        .map_err(|invalid| anyhow!("{} is no valid schema:\n{}", source.path, invalid.errors))
}

/// Writes every derived file that is not as it must be, and says so.
pub(crate) fn derive(root: &Path) -> Result<()> {
    print!("{}", write(&artefacts::all(root)?, root)?);
    Ok(())
}

/// Writes the files that are not as they must be; a line for each file says what became of it.
fn write(artefacts: &[Artefact], root: &Path) -> Result<String> {
    let mut report = String::new();
    for artefact in artefacts {
        let verdict = if artefact.write(root)? { "written" } else { "unchanged" };
        report.push_str(&format!("{}: {verdict}\n", artefact.path));
    }
    Ok(report)
}

/// Whether the files are what they are said to be, and the operations fit them.
pub(crate) fn check(root: &Path) -> Result<()> {
    provenance::check(&artefacts::read(root, SERVER_SDL)?)?;
    check_derived(root)?;
    versions::check(root)
}

/// Compares the derived files with what `derive` would write.
fn check_derived(root: &Path) -> Result<()> {
    let mut stale = Vec::new();
    for artefact in artefacts::all(root)? {
        match artefact.difference(root)? {
            None => println!("{}: up to date ({} bytes)", artefact.path, artefact.content.len()),
            Some(difference) => {
                println!("{}: {difference}", artefact.path);
                stale.push(artefact.path);
            }
        }
    }
    if !stale.is_empty() {
        bail!("out of step with `schema/`: {}; mend with `cargo xtask schema derive`", stale.join(", "));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use tempfile::TempDir;

    use super::*;

    /// What the schema's tasks read of this workspace, with everything derived.
    pub(crate) fn copy_of_this_workspace() -> TempDir {
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let copy = tempfile::tempdir().unwrap();
        let operations = "crates/prefect-flow-run/src/operations";
        for folder in ["schema", "schema/versions", operations, &format!("{operations}/snapshots")] {
            fs::create_dir_all(copy.path().join(folder)).unwrap();
            for file in fs::read_dir(this.join(folder)).unwrap() {
                let file = file.unwrap();
                if file.file_type().unwrap().is_file() {
                    fs::copy(file.path(), copy.path().join(folder).join(file.file_name())).unwrap();
                }
            }
        }
        derive(copy.path()).unwrap();
        copy
    }

    fn workspace() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("schema")).unwrap();
        fs::create_dir_all(root.path().join(rust_types::SOURCES)).unwrap();
        fs::write(root.path().join(artefacts::SERVER_SDL), "type Query {\n  a: Int\n}\n").unwrap();
        fs::write(root.path().join(artefacts::CLOUD_SDL), "extend type Query { b: Int }").unwrap();
        root
    }

    #[test]
    fn what_is_derived_passes_the_check() {
        let root = workspace();
        derive(root.path()).unwrap();
        check_derived(root.path()).unwrap();
    }

    #[test]
    fn missing_files_fail_the_check() {
        assert!(check_derived(workspace().path()).is_err());
    }

    #[test]
    fn every_changed_byte_is_found_and_the_remedy_is_named() {
        let root = workspace();
        derive(root.path()).unwrap();
        for artefact in artefacts::all(root.path()).unwrap() {
            let path = root.path().join(artefact.path);
            for at in 0..artefact.content.len() {
                let mut bytes = artefact.content.clone().into_bytes();
                bytes[at] ^= 1;
                fs::write(&path, bytes).unwrap();
                let error = check_derived(root.path()).unwrap_err().to_string();
                assert!(
                    error.contains(artefact.path) && error.contains("cargo xtask schema derive"),
                    "{error}"
                );
            }
            fs::write(&path, &artefact.content).unwrap();
        }
        check_derived(root.path()).unwrap();
    }

    #[test]
    fn a_changed_source_is_found() {
        let root = workspace();
        derive(root.path()).unwrap();
        fs::write(root.path().join(artefacts::CLOUD_SDL), "extend type Query { c: Int }").unwrap();
        let error = check_derived(root.path()).unwrap_err().to_string();
        assert!(error.contains(artefacts::MERGED_SDL), "{error}");
        assert!(!error.contains(artefacts::SANDBOX_SDL), "{error}");
    }
}
