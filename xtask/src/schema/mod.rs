//! `cargo xtask schema`: takes the server's SDL from a server, and keeps the derived files in step.

mod artefacts;
mod canonical;
mod changes;
mod impact;
mod merge;
mod operations;
mod provenance;
mod refresh;
mod rust_types;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use clap::Subcommand;

use artefacts::{Artefact, SERVER_SDL};
use impact::Impact;
use merge::{Source, merge};
use provenance::ServerFile;
pub(crate) use versions::without as versions_without;

/// What to do with the schema and the derived files.
#[derive(Subcommand)]
pub(crate) enum Task {
    /// Write the server's schema as a running Prefect Server tells it, and what is derived from it; say what changed
    /// and which operations it breaks
    Refresh(refresh::Server),
    /// Write every file that is derived from `schema/`
    Derive,
    /// Fail if a derived file is not what `derive` would write, or an operation does not fit a schema in `schema/`
    Check,
    /// Say how two SDL files differ, and which operations the change breaks
    Diff {
        /// The SDL before
        old: PathBuf,
        /// The SDL after
        new: PathBuf,
    },
}

/// Runs a schema task in the workspace at `root`.
pub(crate) fn run(task: &Task, root: &Path) -> Result<()> {
    match task {
        Task::Refresh(server) => refresh::run(server, root),
        Task::Derive => derive(root),
        Task::Check => check(root),
        Task::Diff { old, new } => diff(old, new, root),
    }
}

fn diff(old: &Path, new: &Path, root: &Path) -> Result<()> {
    let read = |path: &Path| -> Result<String> {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    print!("{}", impact(&read(old)?, &read(new)?, root)?);
    Ok(())
}

/// How two SDL documents differ, and what that breaks, in words.
fn impact(old: &str, new: &str, root: &Path) -> Result<String> {
    // Extensions are folded into what they extend, and descriptions do not count.
    let parse = |path, text| parse(path, &merge(&[Source { path, text }])?);
    let (old, new) = (parse("the old schema", old)?, parse("the new schema", new)?);
    Ok(Impact::new(&old, &new, &operations::all(root)?).to_string())
}

/// What both kinds of server have, as operations are compiled against it.
pub(crate) fn merged(root: &Path) -> Result<Valid<Schema>> {
    versions::schema(root, artefacts::MERGED_SDL)
}

fn parse(path: &str, text: &str) -> Result<Valid<Schema>> {
    Schema::parse_and_validate(text, path)
        .map_err(|invalid| anyhow!("{path} is not a valid schema:\n{}", invalid.errors))
}

fn derive(root: &Path) -> Result<()> {
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

/// Compares the derived files with what `derive` would write, and the operations with the schemas.
pub(crate) fn check(root: &Path) -> Result<()> {
    ServerFile::of(&artefacts::read(root, SERVER_SDL)?).check()?;
    check_derived(root)?;
    versions::check(root)
}

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

    /// What the schema's tasks read of this workspace.
    pub(crate) fn copy_of_this_workspace() -> TempDir {
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let copy = tempfile::tempdir().unwrap();
        let operations = "crates/prefect-flow-run/src/operations";
        let folders = ["schema", "schema/versions", operations, &format!("{operations}/snapshots")];
        for folder in folders {
            fs::create_dir_all(copy.path().join(folder)).unwrap();
            for entry in fs::read_dir(this.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    fs::copy(&path, copy.path().join(folder).join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        derive(copy.path()).unwrap();
        copy
    }

    fn workspace() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("schema")).unwrap();
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
    fn this_workspace_passes_the_check() {
        check(copy_of_this_workspace().path()).unwrap();
    }

    #[test]
    fn a_schema_that_was_changed_by_hand_is_found() {
        let root = copy_of_this_workspace();
        let path = root.path().join(SERVER_SDL);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("  id: uuid!\n", "", 1)).unwrap();
        let error = check(root.path()).unwrap_err().to_string();
        assert!(error.contains("was changed by hand"), "{error}");
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
