//! `cargo xtask consumers`: programs outside of the workspace that depend on the published packages.
//!
//! Each folder of `tests/consumers` is one, with a manifest as any user would write it: dependencies
//! by version, which are then taken from the packages of this tree. It is built and run, and what it pulls
//! is held to its own `[package.metadata.consumer]`.

mod consumer;
mod expectations;
mod manifest;
mod packages;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::package::{self, Verification, WorkingTree};
use consumer::Consumer;
use packages::Packages;

/// Where the consumers are, below the workspace's root.
const FOLDER: &str = "tests/consumers";

/// Packs the packages, without building them on their own, and checks the consumers.
pub(crate) fn run(root: &Path) -> Result<()> {
    let packed = package::pack(root, WorkingTree::from_environment(), Verification::None)?;
    check(root, &packed.join("package"), &root.join("target/consumers/build"))
}

/// Fails if a consumer of the `.crate` files in `packed` does not build, does not do what it is for, or pulls
/// what it must not. They share the target folder `build`, with what may have been built there.
pub(crate) fn check(root: &Path, packed: &Path, build: &Path) -> Result<()> {
    let packages = Packages::unpack(packed, &root.join("target/consumers/packages"))?;
    let mut broken = Vec::new();
    for folder in folders(root)? {
        let start = Instant::now();
        let consumer = Consumer::read(folder)?;
        let breaches = consumer.check(root, &packages, build)?;
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
