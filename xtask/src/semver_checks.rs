//! `cargo xtask semver-checks`: the libraries break no user of the last release, unless the version says so.
//!
//! A part of `cargo xtask release`, and of no other: it builds every library twice, which takes some minutes for each.

use std::path::Path;

use anyhow::Result;
use semver::Version;

use crate::cargo::Cargo;
use crate::tools::Tool;
use crate::{git, workspace};

const SEMVER_CHECKS: Tool = Tool { name: "semver-checks", version: "0.51.0" };

/// Compares the libraries with those of the last release; before the first one there is nothing to compare with.
pub(crate) fn check(root: &Path) -> Result<()> {
    let Some(last) = last_release(root)? else {
        println!("there is no release yet, so there is nothing to compare with");
        return Ok(());
    };
    SEMVER_CHECKS.install_if_missing(root)?;
    let tag = tag(&last);
    let arguments = ["semver-checks", "--all-features", "--baseline-rev", &tag];
    Cargo::new(root, arguments.into_iter().chain(workspace::libraries())).run()
}

/// The version of the last release, by the tags.
pub(crate) fn last_release(root: &Path) -> Result<Option<Version>> {
    Ok(latest(&git::output(root, &["tag", "--list", "v*"])?))
}

fn tag(version: &Version) -> String {
    format!("v{version}")
}

fn latest(tags: &str) -> Option<Version> {
    tags.lines().filter_map(|tag| tag.strip_prefix('v')?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_release_is_the_one_with_the_highest_version() {
        assert_eq!(latest(""), None);
        assert_eq!(latest("v-next\nvirtual\n"), None);
        assert_eq!(
            latest("v0.9.0\nv0.10.0\nv0.10.0-rc.1\nv0.2.0\n").map(|last| tag(&last)).as_deref(),
            Some("v0.10.0")
        );
    }
}
