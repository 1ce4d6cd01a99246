//! The rules: which crate, built with which features, must not pull what.

use std::fmt;

use super::tree::Tree;

/// What a package must not pull, directly or through others.
pub(crate) struct Rule {
    /// The package.
    pub(crate) package: &'static str,
    /// The features it is built with, as arguments of Cargo.
    pub(crate) features: &'static [&'static str],
    /// The names of the packages that must be absent.
    pub(crate) absent: &'static [&'static str],
}

const DEFAULT: &[&str] = &[];
const NONE: &[&str] = &["--no-default-features"];
const ALL: &[&str] = &["--all-features"];
const OWN_PROVIDER: &[&str] = &["--no-default-features", "--features", "rustls-no-provider"];

/// All rules.
pub(crate) const RULES: &[Rule] = &[
    // What does no I/O pulls nothing that does.
    Rule { package: "prefect-schema", features: DEFAULT, absent: &["http", "hyper", "reqwest", "tokio"] },
    Rule { package: "prefect-flow-run", features: NONE, absent: &["hyper", "reqwest", "tokio"] },
    Rule { package: "prefect-transport", features: NONE, absent: &["hyper", "reqwest", "tokio"] },
    // Whoever brings a crypto provider gets no other.
    Rule { package: "prefect-transport", features: OWN_PROVIDER, absent: &["aws-lc-rs", "ring"] },
    Rule { package: "prefect-client", features: OWN_PROVIDER, absent: &["aws-lc-rs", "ring"] },
    // One crypto provider is enough for a program, and this one is the smaller.
    Rule { package: "flowrun", features: DEFAULT, absent: &["aws-lc-rs", "aws-lc-sys"] },
    // A build script that registers the schema does not compile the schema.
    Rule {
        package: "prefect-schema",
        features: &["--no-default-features", "--features", "build"],
        absent: &["cynic", "jiff", "uuid"],
    },
    // Dependencies point one way.
    Rule {
        package: "prefect-schema",
        features: ALL,
        absent: &["flowrun", "prefect-client", "prefect-flow-run", "prefect-sandbox", "prefect-transport"],
    },
    Rule {
        package: "prefect-transport",
        features: ALL,
        absent: &[
            "cynic",
            "flowrun",
            "prefect-client",
            "prefect-flow-run",
            "prefect-sandbox",
            "prefect-schema",
        ],
    },
    Rule {
        package: "prefect-flow-run",
        features: ALL,
        absent: &["flowrun", "prefect-client", "prefect-sandbox"],
    },
    Rule { package: "prefect-client", features: ALL, absent: &["flowrun", "prefect-sandbox"] },
    Rule {
        package: "prefect-sandbox",
        features: ALL,
        absent: &["flowrun", "prefect-client", "prefect-flow-run"],
    },
];

impl Rule {
    /// What the tree contains against the rule.
    pub(crate) fn breaches(&self, tree: &Tree) -> Vec<&'static str> {
        self.absent.iter().copied().filter(|name| tree.contains(name)).collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.package)?;
        for argument in self.features {
            write!(f, " {argument}")?;
        }
        write!(f, " pulls no {}", self.absent.join(", no "))
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, RULES, Rule};
    use crate::dependencies::tree::Tree;

    const TREE: &str = "\
prefect-sandbox v0.1.0 (/somewhere/crates/prefect-sandbox)
axum v0.8.9
http v1.4.2
tokio v1.52.0
tokio-util v0.7.18
serde_derive v1.0.228 (proc-macro)
http v1.4.2 (*)

";

    fn breaches(absent: &'static [&'static str]) -> Vec<&'static str> {
        Rule { package: "prefect-sandbox", features: ALL, absent }.breaches(&Tree::parse(TREE))
    }

    #[test]
    fn what_the_tree_contains_breaks_the_rule() {
        assert_eq!(breaches(&["reqwest", "tokio", "http"]), ["tokio", "http"]);
        assert_eq!(breaches(&["serde_derive"]), ["serde_derive"]);
    }

    #[test]
    fn names_are_compared_as_a_whole() {
        assert!(breaches(&["reqwest", "toki", "util", "tokio-utils", "v1.4.2", ""]).is_empty());
    }

    #[test]
    fn a_rule_reads_like_a_sentence() {
        let rule = Rule { package: "a", features: &["--no-default-features"], absent: &["b", "c"] };
        assert_eq!(rule.to_string(), "a --no-default-features pulls no b, no c");
    }

    #[test]
    fn no_rule_forbids_the_package_itself() {
        assert!(RULES.iter().all(|rule| !rule.absent.contains(&rule.package)));
    }
}
