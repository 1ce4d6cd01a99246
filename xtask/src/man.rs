//! `cargo xtask man`: flowrun's manual pages, which it writes itself.

use std::path::Path;

use anyhow::Result;

use crate::cargo::Cargo;

/// The folder that they are written into, under the workspace's.
const FOLDER: &str = "target/man";

/// Writes the pages.
pub(crate) fn write(root: &Path) -> Result<()> {
    Cargo::new(root, ["run", "--package", "flowrun", "--", "man", FOLDER]).run()
}
