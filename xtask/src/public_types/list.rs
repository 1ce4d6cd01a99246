//! The list of what may be in an API, and how an API differs from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::documentation::Documentation;

/// Where the list is, below the workspace's root.
const FILE: &str = "xtask/public-types.toml";

/// What is listed for each library, by its name.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct List(BTreeMap<String, Listed>);

/// Full paths, each with the reason why it is there.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Listed {
    foreign: BTreeMap<String, String>,
    exhaustive: BTreeMap<String, String>,
}

impl List {
    /// Reads the list of the workspace at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        toml::from_str(&text).with_context(|| format!("cannot read {FILE}"))
    }

    /// How the API of a library differs from what is listed, in words.
    pub(super) fn differences(&self, library: &str, documentation: &Documentation) -> Vec<String> {
        let nothing = Listed::default();
        let listed = self.0.get(library).unwrap_or(&nothing);
        let mut differences = Vec::new();
        for (path, items) in &documentation.foreign {
            if !listed.foreign.contains_key(path) {
                let items = items.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                differences.push(format!(
                    "{library}: {path} has become part of the API, by {items}: keep it out, or list it in {FILE}"
                ));
            }
        }
        for path in listed.foreign.keys().filter(|path| !documentation.foreign.contains_key(*path)) {
            differences
                .push(format!("{library}: {path} is no longer part of the API: take it out of {FILE}"));
        }
        for path in documentation.exhaustive.iter().filter(|path| !listed.exhaustive.contains_key(*path)) {
            differences.push(format!(
                "{library}: {path} is not #[non_exhaustive]: mark it so, or list it in {FILE}"
            ));
        }
        for path in listed.exhaustive.keys().filter(|path| !documentation.exhaustive.contains(*path)) {
            differences.push(format!(
                "{library}: {path} is gone, or is #[non_exhaustive] by now: take it out of {FILE}"
            ));
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LIST: &str = r#"
        [prefect-x]
        foreign."http::Request" = "what a service gets"
        exhaustive."prefect_x::Backend" = "there are two"
    "#;

    fn differences(foreign: &[&str], exhaustive: &[&str]) -> Vec<String> {
        let list: List = toml::from_str(LIST).unwrap();
        let item = || BTreeSet::from(["call".to_owned(), "send".to_owned()]);
        let documentation = Documentation {
            foreign: foreign.iter().map(|path| ((*path).to_owned(), item())).collect(),
            exhaustive: exhaustive.iter().map(|path| (*path).to_owned()).collect(),
        };
        list.differences("prefect-x", &documentation)
    }

    #[test]
    fn what_is_listed_is_fine() {
        assert_eq!(differences(&["http::Request"], &["prefect_x::Backend"]), [""; 0]);
    }

    #[test]
    fn every_difference_says_what_to_do() {
        insta::assert_snapshot!(differences(&["hyper::Body"], &["prefect_x::Options"]).join("\n"));
    }
}
