//! The packages that are published, as `cargo metadata` tells them: what each must say of itself, and in which order
//! they go.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use semver::{Version, VersionReq};
use serde::Deserialize;

/// The workspace's published packages.
pub(super) struct Packages(Vec<Package>);

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) dependencies: Vec<Dependency>,
    /// An empty list is that of a package that is not published.
    publish: Option<Vec<String>>,
    description: Option<String>,
    license: Option<String>,
    readme: Option<String>,
    repository: Option<String>,
    rust_version: Option<String>,
    keywords: Vec<String>,
    categories: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) req: VersionReq,
    /// Of one in the workspace.
    pub(super) path: Option<String>,
}

impl Dependency {
    /// One that has only a path is left out of a package.
    pub(super) fn is_of_the_workspace(&self) -> bool {
        self.path.is_some() && self.req != VersionReq::STAR
    }
}

impl Packages {
    /// Reads what `cargo metadata --no-deps` prints.
    pub(super) fn parse(metadata: &str) -> Result<Self> {
        let metadata: Metadata = serde_json::from_str(metadata).context("cannot read `cargo metadata`")?;
        let is_published = |package: &Package| package.publish.as_ref().is_none_or(|to| !to.is_empty());
        let packages: Vec<_> = metadata.packages.into_iter().filter(is_published).collect();
        if packages.is_empty() {
            bail!("no package is published");
        }
        Ok(Self(packages))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Package> {
        self.0.iter()
    }

    /// The workspace's version: the highest, should they differ.
    pub(super) fn version(&self) -> &Version {
        const NONE: &Version = &Version::new(0, 0, 0);
        self.iter().map(|package| &package.version).max().unwrap_or(NONE)
    }

    /// What crates.io or a reader would miss.
    pub(super) fn problems(&self) -> Vec<String> {
        let lacking = self.iter().flat_map(|package| {
            let fields = [
                ("description", package.description.is_none()),
                ("license", package.license.is_none()),
                ("readme", package.readme.is_none()),
                ("rust-version", package.rust_version.is_none()),
                ("keywords", package.keywords.is_empty()),
                ("categories", package.categories.is_empty()),
            ];
            let lacking = fields.into_iter().filter(|(_, is_lacking)| *is_lacking);
            lacking.map(|(field, _)| format!("{} has no `{field}` in its Cargo.toml", package.name))
        });
        lacking.collect()
    }

    /// What is better known before a first release, and stops none.
    pub(super) fn warnings(&self) -> Vec<String> {
        let without = self.iter().filter(|package| package.repository.is_none());
        let names: Vec<_> = without.map(|package| package.name.as_str()).collect();
        match names.as_slice() {
            [] => Vec::new(),
            names => vec![format!(
                "there is no `repository` in [workspace.package], so the pages of {} will have no link to it",
                names.join(", ")
            )],
        }
    }

    /// Each after those that it depends on.
    pub(super) fn order(&self) -> Result<Vec<&str>> {
        let (mut order, mut left): (Vec<&str>, Vec<_>) = (Vec::new(), self.iter().collect());
        while !left.is_empty() {
            let waiting: BTreeSet<_> = left.iter().map(|package| package.name.clone()).collect();
            let waits = |package: &&Package| {
                let ours = package.dependencies.iter().filter(|other| other.is_of_the_workspace());
                ours.map(|other| &other.name).any(|other| *other != package.name && waiting.contains(other))
            };
            let (later, now): (Vec<&Package>, Vec<&Package>) = left.into_iter().partition(waits);
            if now.is_empty() {
                let names: Vec<_> = waiting.into_iter().collect();
                bail!("these depend on each other, so none can be published first: {}", names.join(", "));
            }
            order.extend(now.iter().map(|package| package.name.as_str()));
            left = later;
        }
        Ok(order)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    pub(in crate::release) fn package(name: &str, version: &str, dependencies: &[(&str, &str)]) -> Value {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, req)| json!({ "name": name, "req": req, "path": "/somewhere" }))
            .collect();
        json!({
            "name": name, "version": version, "dependencies": dependencies, "publish": null,
            "description": "A", "license": "MIT", "readme": "README.md", "repository": "https://example.org",
            "rust_version": "1.89", "keywords": ["a"], "categories": ["b"],
        })
    }

    /// Two packages, of which the first depends on the second, and one that is not published.
    pub(in crate::release) fn metadata(version: &str) -> String {
        let requirement = format!("^{version}");
        let mut hidden = package("xtask", "0.0.0", &[]);
        hidden["publish"] = json!([]);
        let b = package("prefect-b", version, &[("prefect-a", &requirement), ("prefect-b", "*")]);
        json!({ "packages": [b, package("prefect-a", version, &[("prefect-b", "*")]), hidden] }).to_string()
    }

    #[test]
    fn each_comes_after_what_it_depends_on() {
        let packages = Packages::parse(&metadata("0.1.0")).unwrap();
        assert_eq!(packages.order().unwrap(), ["prefect-a", "prefect-b"]);
        assert_eq!(packages.problems(), [""; 0]);
        assert_eq!(packages.warnings(), [""; 0]);
    }

    #[test]
    fn a_circle_is_told() {
        let circle = [package("a", "0.1.0", &[("b", "^0.1.0")]), package("b", "0.1.0", &[("a", "^0.1.0")])];
        let packages = Packages::parse(&json!({ "packages": circle }).to_string()).unwrap();
        let error = packages.order().unwrap_err().to_string();
        assert_eq!(error, "these depend on each other, so none can be published first: a, b");
    }

    #[test]
    fn what_a_package_lacks_is_told() {
        let mut bare = package("a", "0.1.0", &[]);
        for field in ["description", "license", "readme", "repository", "rust_version"] {
            bare[field] = Value::Null;
        }
        (bare["keywords"], bare["categories"]) = (json!([]), json!([]));
        let packages = Packages::parse(&json!({ "packages": [bare] }).to_string()).unwrap();
        insta::assert_snapshot!([packages.problems(), packages.warnings()].concat().join("\n"), @r"
        a has no `description` in its Cargo.toml
        a has no `license` in its Cargo.toml
        a has no `readme` in its Cargo.toml
        a has no `rust-version` in its Cargo.toml
        a has no `keywords` in its Cargo.toml
        a has no `categories` in its Cargo.toml
        there is no `repository` in [workspace.package], so the pages of a will have no link to it
        ");
    }
}
