//! `cargo xtask consumers`: programs outside of the workspace that depend on the published packages.
//!
//! Each folder of `tests/consumers` is one, with a manifest as any user would write it: dependencies
//! by version, which are then taken from the packages of this tree. It is built and run, and what it pulls
//! is held to its own `[package.metadata.consumer]`.

mod consumer;
mod expectations;
mod manifest;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::package::{self, Packages, WorkingTree};
use consumer::Consumer;

/// Where the consumers are, below the workspace's root.
const FOLDER: &str = "tests/consumers";

/// Packs the packages, without building them on their own, and checks the consumers.
pub(crate) fn run(root: &Path) -> Result<()> {
    check(root, &package::pack(root, WorkingTree::from_environment())?)
}

/// Fails if a consumer of these packages does not build, does not do what it is for, or pulls what it must not.
pub(crate) fn check(root: &Path, packages: &Packages) -> Result<()> {
    let mut broken = Vec::new();
    for folder in folders(root)? {
        let start = Instant::now();
        let consumer = Consumer::read(folder)?;
        let breaches = consumer.check(root, packages)?;
        let verdict = if breaches.is_empty() { "works" } else { "BROKEN" };
        println!("{}: {verdict}, {:.1} s", consumer.name, start.elapsed().as_secs_f64());
        broken.extend(breaches);
    }
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(())
}

/// The consumers' folders, in the order of their names.
pub(crate) fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root.join(FOLDER)).with_context(|| format!("cannot list {FOLDER}"))? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}
