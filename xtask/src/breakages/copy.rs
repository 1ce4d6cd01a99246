//! A copy of the workspace that may be broken, with build files of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::list::Breakage;
use crate::cargo::Cargo;
use crate::copy;

/// The tracked files of a workspace, below its `target`.
pub(super) struct Copy {
    tree: PathBuf,
    build: PathBuf,
}

impl Copy {
    /// Makes the copy, or brings that of an earlier run up to date.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let folder = root.join("target/breakages");
        let copy = Self { tree: folder.join("tree"), build: folder.join("build") };
        copy::tracked_files(root, &copy.tree)?;
        Ok(copy)
    }

    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.tree.join(file)).with_context(|| format!("cannot read {file}"))
    }

    pub(super) fn write(&self, file: &str, text: &str) -> Result<()> {
        fs::write(self.tree.join(file), text).with_context(|| format!("cannot write {file}"))
    }

    /// Whether the test's target compiles.
    pub(super) fn compiles(&self, breakage: &Breakage) -> bool {
        self.test(breakage, &["--no-run"])
    }

    /// Whether the test passes.
    pub(super) fn passes(&self, breakage: &Breakage) -> bool {
        self.test(breakage, &["--", "--exact", &breakage.test])
    }

    fn test(&self, breakage: &Breakage, rest: &[&str]) -> bool {
        let target = match breakage.target.as_str() {
            "lib" => vec!["--lib"],
            target => vec!["--test", target],
        };
        let arguments = [&["test", "--package", &breakage.package], &target[..], rest].concat();
        Cargo::new(&self.tree, arguments)
            .env("CARGO_TARGET_DIR", &self.build.to_string_lossy())
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("INSTA_UPDATE", "no")
            .succeeds()
    }
}
