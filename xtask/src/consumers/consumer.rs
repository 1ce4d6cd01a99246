//! One consumer: what it is, and how it is built and run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::expectations::Expectations;
use super::manifest::Manifest;
use crate::dependencies::Tree;
use crate::manifest;
use crate::package::Packages;

/// A program of its own, outside of the workspace.
pub(super) struct Consumer {
    /// What its package is called.
    pub(super) name: String,
    folder: PathBuf,
    expectations: Expectations,
}

impl Consumer {
    /// Reads what the consumer in a folder says about itself.
    pub(super) fn read(folder: PathBuf) -> Result<Self> {
        let manifest: Manifest = manifest::read(&folder)?;
        Ok(Self { name: manifest.package.name.clone(), expectations: manifest.into_expectations()?, folder })
    }

    /// Builds and runs it with these packages; how what it pulls differs from what it says, in words.
    pub(super) fn check(&self, root: &Path, packages: &Packages) -> Result<Vec<String>> {
        // Its lock file is not kept: whoever depends on a library has one of their own. It begins as the
        // workspace's, so that what both depend on is built once, and no release of others breaks a check.
        let lock = self.folder.join("Cargo.lock");
        fs::copy(root.join("Cargo.lock"), &lock)
            .with_context(|| format!("cannot write {}", lock.display()))?;

        let everything = packages.cargo(root, &self.folder, Tree::arguments("normal,build,dev"))?.output()?;
        let strangers = packages.strangers(&everything).into_iter();
        let mut breaches: Vec<_> = strangers
            .map(|line| format!("{} was not built with a package of this tree: {line}", self.name))
            .collect();
        let pulled = packages.cargo(root, &self.folder, Tree::arguments("normal"))?.output()?;
        breaches.extend(self.expectations.breaches(&self.name, &Tree::parse(&pulled)));

        let action = if self.folder.join("src/main.rs").exists() { "run" } else { "test" };
        packages.cargo(root, &self.folder, [action])?.run()?;
        Ok(breaches)
    }
}
