//! `Cargo.toml` files, of which each task reads what it needs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;

/// Reads the one in a folder.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path) -> Result<T> {
    let file = folder.join("Cargo.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("cannot read {}", file.display()))
}
