//! What `cargo tree --prefix none --format {p}` prints, as the set of the packages' names.

use std::collections::BTreeSet;

/// The packages that one package pulls, itself among them.
pub(crate) struct Tree(BTreeSet<String>);

impl Tree {
    /// Reads lines like `serde v1.0.228 (*)`.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
    }

    /// Whether a package of this name is pulled.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}
