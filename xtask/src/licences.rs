//! `cargo xtask licences`: `cargo deny` with the rules of `deny.toml`.

use std::path::Path;

use anyhow::Result;

use crate::cargo::Cargo;
use crate::tools::Tool;

const DENY: Tool = Tool { name: "deny", version: "0.20.2" };

/// Checks the licences, the sources and the bans for everything that a feature can pull.
pub(crate) fn check(root: &Path) -> Result<()> {
    DENY.install_if_missing(root)?;
    Cargo::new(root, ["deny", "--all-features", "check", "licenses", "bans", "sources"]).run()
}
