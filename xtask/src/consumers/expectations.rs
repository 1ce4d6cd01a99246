//! What a consumer says about itself.

use serde::Deserialize;

use crate::dependencies::Tree;

/// The names of packages that a consumer must pull and of those that it must not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectations {
    present: Vec<String>,
    absent: Vec<String>,
}

impl Expectations {
    /// How what `consumer` pulls differs from what is expected, in words.
    pub(super) fn breaches(&self, consumer: &str, tree: &Tree) -> Vec<String> {
        let pulled = self.absent.iter().filter(|name| tree.contains(name)).map(|name| {
            format!("{consumer} pulls {name}: `cargo tree --invert {name}` in its folder tells by what")
        });
        let missing = self.present.iter().filter(|name| !tree.contains(name)).map(|name| {
            format!("{consumer} does not pull {name}, so its other expectations may say nothing")
        });
        pulled.chain(missing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(expectations: &str) -> Vec<String> {
        let expectations: Expectations = toml::from_str(expectations).unwrap();
        expectations.breaches("own-transport", &Tree::parse("own-transport v0.0.0 (/x)\nhttp v1.4.2\n"))
    }

    #[test]
    fn what_is_as_expected_is_fine() {
        assert_eq!(breaches("present = ['http']\nabsent = ['reqwest']"), [""; 0]);
    }

    #[test]
    fn what_is_pulled_and_must_not_be_is_told_and_so_is_what_is_not() {
        insta::assert_snapshot!(breaches("present = ['smol']\nabsent = ['http']").join("\n"), @r"
        own-transport pulls http: `cargo tree --invert http` in its folder tells by what
        own-transport does not pull smol, so its other expectations may say nothing
        ");
    }
}
