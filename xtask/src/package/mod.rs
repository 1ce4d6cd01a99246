//! `cargo xtask package`: packs every crate that is published and builds it from its package alone.

mod unpacked;

use std::env;
use std::fs;
use std::path::Path;

use anyhow::Result;

pub(crate) use unpacked::Packages;

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

/// The workspace's packages that stay here.
const NOT_PUBLISHED: [&str; 4] = ["bench-row", "prefect-bench", "prefect-python", env!("CARGO_PKG_NAME")];

/// Packs every package that is published, and fails if one does not build from its own files.
pub(crate) fn check(root: &Path, tree: WorkingTree) -> Result<Packages> {
    let packages = pack(root, tree)?;
    packages.build(root)?;
    Ok(packages)
}

/// Packs every package that is published.
///
/// Cargo would build each as well, but everything that it depends on once more, ours included.
pub(crate) fn pack(root: &Path, tree: WorkingTree) -> Result<Packages> {
    let folder = root.join("target/packages");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let target = folder.to_string_lossy();
    let mut arguments = vec!["package", "--workspace", "--no-verify", "--target-dir", &target];
    arguments.extend(NOT_PUBLISHED.iter().flat_map(|package| ["--exclude", package]));
    if tree == WorkingTree::MayBeDirty {
        arguments.push("--allow-dirty");
    }
    Cargo::new(root, arguments).run()?;
    Packages::unpack(&folder.join("package"), &folder.join("unpacked"))
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
