//! What `cargo tree` prints, as the set of the packages' names.

use std::collections::BTreeSet;

/// The packages that one package pulls, itself among them.
pub(crate) struct Tree(BTreeSet<String>);

impl Tree {
    /// Arguments of Cargo that print what is pulled by dependencies of these kinds, on whichever platform.
    pub(crate) fn arguments(kinds: &str) -> [&str; 9] {
        ["tree", "--edges", kinds, "--target", "all", "--prefix", "none", "--format", "{p}"]
    }

    /// Reads lines like `serde v1.0.228 (*)`.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
    }

    /// Whether a package of this name is pulled.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}
