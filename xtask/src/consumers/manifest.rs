//! What is read of a `Cargo.toml`.

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
