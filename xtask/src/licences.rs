//! `cargo xtask licences`: `cargo deny` with the rules of `deny.toml`, installed first if missing.

use std::path::Path;

use anyhow::Result;

use crate::cargo::Cargo;

/// The version to install where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Checks the licences, the sources and the bans for everything that a feature can pull.
pub(crate) fn check(root: &Path) -> Result<()> {
    if !Cargo::new(root, ["deny", "--version"]).succeeds() {
        Cargo::new(root, ["install", "--locked", "cargo-deny", "--version", CARGO_DENY]).run()?;
    }
    Cargo::new(root, ["deny", "--all-features", "check", "licenses", "bans", "sources"]).run()
}
