//! `cargo xtask dependencies`: holds the layers' dependencies to the rules in [`rules`].

mod rules;
mod tree;

use std::path::Path;

use anyhow::{Result, bail};

use crate::cargo::Cargo;
use rules::{RULES, Rule};
pub(crate) use tree::Tree;

/// Fails if a crate of the workspace depends on something that it must not.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut broken = Vec::new();
    for rule in RULES {
        let tree = Tree::parse(&print_tree(rule, root)?);
        let breaches = rule.breaches(&tree);
        println!("{rule}: {}", if breaches.is_empty() { "holds" } else { "BROKEN" });
        broken.extend(breaches.iter().map(|name| format!("{rule}: but it pulls {name}")));
    }
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(())
}

fn print_tree(rule: &Rule, root: &Path) -> Result<String> {
    let package = ["--package", rule.package].into_iter().chain(rule.features.iter().copied());
    Cargo::new(root, Tree::arguments("normal").into_iter().chain(package)).output()
}
