//! Whether the versions fit together, and come after the last release's.

use semver::{Version, VersionReq};

use super::packages::Packages;

/// What is wrong with releasing these packages as `version`, in words.
pub(super) fn problems(packages: &Packages, version: &Version, last: Option<&Version>) -> Vec<String> {
    let mut problems = Vec::new();
    let shared = packages.version();
    for package in packages.iter() {
        if package.version != *shared {
            problems.push(format!(
                "{} has the version {} and others {shared}: let it say `version.workspace = true`",
                package.name, package.version
            ));
        }
        for other in package.dependencies.iter().filter(|other| other.is_of_the_workspace()) {
            let wanted = VersionReq::parse(&format!("^{shared}")).unwrap_or_default();
            if other.req != wanted {
                problems.push(format!(
                    "{} wants {} {}, and it is {shared}: mend it in [workspace.dependencies]",
                    package.name, other.name, other.req
                ));
            }
        }
    }
    if version < shared {
        problems.push(format!("{version} is before {shared}, which Cargo.toml has"));
    }
    if let Some(last) = last.filter(|last| *version <= **last) {
        problems
            .push(format!("{version} does not come after the last release, {last}: raise it in Cargo.toml"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release::packages::tests::{metadata, package};

    #[test]
    fn versions_that_fit_are_fine() {
        let packages = Packages::parse(&metadata("0.1.0")).unwrap();
        for (version, last) in [((0, 1, 0), None), ((0, 2, 0), Some(Version::new(0, 1, 0)))] {
            let version = Version::new(version.0, version.1, version.2);
            assert_eq!(problems(&packages, &version, last.as_ref()), [""; 0]);
        }
    }

    #[test]
    fn versions_that_do_not_fit_are_told() {
        let packages = [package("a", "0.1.0", &[]), package("b", "0.2.0", &[("a", "^0.1.0")])];
        let packages = Packages::parse(&json!({ "packages": packages }).to_string()).unwrap();
        let found = problems(&packages, &Version::new(0, 1, 5), Some(&Version::new(0, 1, 5)));
        insta::assert_snapshot!(found.join("\n"), @r"
        a has the version 0.1.0 and others 0.2.0: let it say `version.workspace = true`
        b wants a ^0.1.0, and it is 0.2.0: mend it in [workspace.dependencies]
        0.1.5 is before 0.2.0, which Cargo.toml has
        0.1.5 does not come after the last release, 0.1.5: raise it in Cargo.toml
        ");
    }
}
