//! What is read of a `Cargo.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::expectations::Expectations;

/// A manifest.
#[derive(Deserialize)]
pub(super) struct Manifest {
    /// Its section `[package]`.
    pub(super) package: Package,
}

/// The section `[package]`.
#[derive(Deserialize)]
pub(super) struct Package {
    /// The package's name.
    pub(super) name: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    consumer: Option<Expectations>,
}

impl Manifest {
    /// Reads the manifest in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("Cargo.toml");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot read {}", file.display()))
    }

    /// Its section `[package.metadata.consumer]`.
    pub(super) fn into_expectations(self) -> Result<Expectations> {
        let name = self.package.name;
        self.package.metadata.consumer.with_context(|| {
            format!(
                "{name} has no section [package.metadata.consumer]: list there what it pulls and what not"
            )
        })
    }
}
