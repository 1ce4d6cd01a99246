//! `cargo xtask minimal-versions`: the libraries build with the oldest dependencies and the oldest
//! Rust that they say they do.
//!
//! Both in one build, of a copy of the tree: with the lowest version of each direct dependency that
//! `Cargo.toml` allows, and with the toolchain that is the packages' `rust-version`.

use std::path::Path;

use anyhow::Result;

use crate::cargo::Cargo;
use crate::{copy, workspace};

/// The `rust-version` of the workspace, as this package has it.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// Fails if a package that is published does not build with what it declares.
pub(crate) fn check(root: &Path) -> Result<()> {
    let toolchain = format!("{RUST_VERSION}.0");
    Cargo::rustup(root, ["toolchain", "install", &toolchain, "--profile", "minimal"]).run()?;

    let folder = root.join("target/minimal-versions");
    let tree = folder.join("tree");
    copy::tracked_files(root, &tree)?;
    // The flag is not stable, and wanted for this command alone.
    Cargo::new(&tree, ["update", "--quiet", "-Z", "direct-minimal-versions"])
        .env("RUSTC_BOOTSTRAP", "1")
        .run()?;

    let check = ["run", &toolchain, "cargo", "check", "--locked", "--all-features", "--package", "flowrun"];
    Cargo::rustup(&tree, check.into_iter().chain(workspace::libraries()))
        .env("CARGO_TARGET_DIR", &folder.join("build").to_string_lossy())
        .run()
}
