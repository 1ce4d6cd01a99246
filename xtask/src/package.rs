//! `cargo xtask package`: packs every crate that is published and builds it from its package alone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::cargo::Cargo;

/// Whether changes that are not committed may be packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WorkingTree {
    /// What is packed is what is committed.
    Clean,
    /// For trying it out.
    MayBeDirty,
}

impl WorkingTree {
    /// Clean where `CI` is set.
    pub(crate) fn from_environment() -> Self {
        Self::with_ci(env::var("CI").ok().as_deref())
    }

    fn with_ci(value: Option<&str>) -> Self {
        match value {
            None | Some("" | "0" | "false") => Self::MayBeDirty,
            Some(_) => Self::Clean,
        }
    }
}

/// Whether each package is built as well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verification {
    /// Each is built from its package alone.
    Build,
    /// They are only packed.
    None,
}

/// The workspace's packages that stay here.
const NOT_PUBLISHED: [&str; 4] = ["bench-row", "prefect-bench", "prefect-python", env!("CARGO_PKG_NAME")];

/// Packs the workspace's packages that are published, and returns the folder that Cargo worked in: the
/// packages are in its `package`, and what it built is there as well.
///
/// In a folder that no earlier run had: Cargo unpacks the packages once for each folder and
/// version, so a second run would verify them against what the first one packed.
pub(crate) fn pack(root: &Path, tree: WorkingTree, verification: Verification) -> Result<PathBuf> {
    let all_runs = root.join("target/packages");
    let this_run = all_runs.join(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos().to_string());
    if all_runs.exists() {
        fs::remove_dir_all(&all_runs)?;
    }
    let folder = this_run.to_string_lossy();
    let mut arguments = vec!["package", "--workspace", "--target-dir", &folder];
    arguments.extend(NOT_PUBLISHED.iter().flat_map(|package| ["--exclude", package]));
    if tree == WorkingTree::MayBeDirty {
        arguments.push("--allow-dirty");
    }
    if verification == Verification::None {
        arguments.push("--no-verify");
    }
    without_debug(Cargo::new(root, arguments)).run()?;
    Ok(this_run)
}

/// Without debug information, which nobody needs here and which takes its time.
pub(crate) fn without_debug(cargo: Cargo) -> Cargo {
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "false")
}

#[cfg(test)]
mod tests {
    use super::WorkingTree;

    #[test]
    fn in_ci_the_tree_must_be_clean() {
        assert_eq!(WorkingTree::with_ci(Some("true")), WorkingTree::Clean);
        assert_eq!(WorkingTree::with_ci(Some("1")), WorkingTree::Clean);
        assert_eq!(WorkingTree::with_ci(Some("false")), WorkingTree::MayBeDirty);
        assert_eq!(WorkingTree::with_ci(Some("")), WorkingTree::MayBeDirty);
        assert_eq!(WorkingTree::with_ci(None), WorkingTree::MayBeDirty);
    }
}
