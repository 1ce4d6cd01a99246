//! Where the workspace is.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// The workspace's root folder, the parent of this package's.
///
/// Cargo says where that is when it runs the task. What was so when it was built may no longer be:
/// Cargo takes a build over from another checkout with the same target folder.
pub(crate) fn root() -> Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").context("run the tasks with `cargo xtask`")?;
    let root = PathBuf::from(package).parent().map(PathBuf::from);
    root.context("the package of the tasks has no parent folder")
}

/// The libraries that are published.
pub(crate) const LIBRARIES: [&str; 5] =
    ["prefect-schema", "prefect-transport", "prefect-flow-run", "prefect-client", "prefect-sandbox"];

/// The arguments that name all of them to Cargo.
pub(crate) fn libraries<'a>() -> impl Iterator<Item = &'a str> {
    LIBRARIES.into_iter().flat_map(|library| ["--package", library])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_root_holds_the_workspace() {
        assert!(super::root().unwrap().join("xtask/Cargo.toml").is_file());
    }
}
