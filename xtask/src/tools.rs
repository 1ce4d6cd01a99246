//! Cargo's subcommands that a fresh machine lacks, installed at a fixed version when they are missing.

use std::path::Path;

use anyhow::Result;

use crate::cargo::Cargo;

/// A subcommand that is a crate of its own, called `cargo-NAME`.
pub(crate) struct Tool {
    /// What follows `cargo` on the command line.
    pub(crate) name: &'static str,
    /// The version to install where there is none.
    pub(crate) version: &'static str,
}

impl Tool {
    /// Installs the tool if there is none of its name, of whichever version. To optimise it would take longer than it runs.
    pub(crate) fn install_if_missing(&self, root: &Path) -> Result<()> {
        if Cargo::new(root, [self.name, "--version"]).succeeds() {
            return Ok(());
        }
        let package = format!("cargo-{}", self.name);
        Cargo::new(root, ["install", "--locked", &package, "--version", self.version])
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .run()
    }
}
