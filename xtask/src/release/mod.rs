//! `cargo xtask release --dry-run`: everything that a release does, but for what cannot be taken back.
//!
//! What is checked is in the other files here, each given what it looks at, so that nothing but this file runs
//! commands.

mod changelog;
mod packages;
mod versions;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use semver::Version;

use crate::cargo::Cargo;
use crate::package::{self, WorkingTree};
use crate::{git, semver_checks};
use packages::Packages;

/// What to release.
#[derive(Args)]
pub(crate) struct Options {
    /// Check and tell, and change nothing; the rest is done by hand, as it tells at its end
    #[arg(long)]
    dry_run: bool,
    /// The version to release [default: that of the workspace]
    #[arg(long, value_name = "X.Y.Z")]
    version: Option<Version>,
}

/// Fails if the workspace at `root` cannot be released; otherwise tells what is left to do.
pub(crate) fn run(options: &Options, root: &Path) -> Result<()> {
    if !options.dry_run {
        bail!(
            "what is published cannot be taken back, so a maintainer does it: \
             `cargo xtask release --dry-run` checks everything and tells the commands"
        );
    }
    let metadata = Cargo::new(root, ["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let packages = Packages::parse(&metadata)?;
    let version = options.version.clone().unwrap_or_else(|| packages.version().clone());
    let last = semver_checks::last_release(root)?;

    println!("version {version}, after {}", last.as_ref().map_or("none".to_owned(), ToString::to_string));
    let changelog = fs::read_to_string(root.join("CHANGELOG.md")).context("cannot read CHANGELOG.md")?;
    let mut problems = versions::problems(&packages, &version, last.as_ref());
    problems.extend(packages.problems());
    problems.extend(changelog::problem(&changelog, &version));
    if !git::output(root, &["status", "--porcelain"])?.is_empty() {
        problems.push("there are changes that are not committed: commit them, or put them aside".to_owned());
    }
    for warning in packages.warnings() {
        println!("warning: {warning}");
    }
    if !problems.is_empty() {
        bail!("this cannot be released:\n{}", problems.join("\n"));
    }
    let order = packages.order()?;
    println!("order: {}", order.join(", "));

    package::check(root, WorkingTree::Clean)?;
    semver_checks::check(root)?;
    println!("\nLeft to do:\n{}", left_to_do(&packages, &version, &changelog, &order));
    Ok(())
}

fn left_to_do(packages: &Packages, version: &Version, changelog: &str, order: &[&str]) -> String {
    let mut steps = Vec::new();
    if version != packages.version() {
        steps.push(format!(
            "put {version} into Cargo.toml: [workspace.package], and each of ours in [workspace.dependencies]"
        ));
    }
    if !changelog::has_section(changelog, version) {
        steps.push(format!("in CHANGELOG.md, put `## {version} - DATE` below `## Unreleased`"));
    }
    if !steps.is_empty() {
        steps.push("commit that, and run this once more".to_owned());
    }
    steps.push(format!("git tag --annotate v{version} && git push --tags"));
    steps.extend(order.iter().map(|package| format!("cargo publish --package {package}")));
    let numbered = steps.iter().zip(1..).map(|(step, number)| format!("{number}. {step}"));
    numbered.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_do_is_told_in_its_order() {
        let metadata = packages::tests::metadata("0.1.0");
        let packages = Packages::parse(&metadata).unwrap();
        let order = packages.order().unwrap();
        let next = left_to_do(&packages, &Version::new(0, 2, 0), "# Changelog\n", &order);
        let now =
            left_to_do(&packages, &Version::new(0, 1, 0), "# Changelog\n\n## 0.1.0 - 2026-11-26\n", &order);
        insta::assert_snapshot!(format!("{next}\n\n{now}"), @r"
        1. put 0.2.0 into Cargo.toml: [workspace.package], and each of ours in [workspace.dependencies]
        2. in CHANGELOG.md, put `## 0.2.0 - DATE` below `## Unreleased`
        3. commit that, and run this once more
        4. git tag --annotate v0.2.0 && git push --tags
        5. cargo publish --package prefect-a
        6. cargo publish --package prefect-b

        1. git tag --annotate v0.1.0 && git push --tags
        2. cargo publish --package prefect-a
        3. cargo publish --package prefect-b
        ");
    }
}
