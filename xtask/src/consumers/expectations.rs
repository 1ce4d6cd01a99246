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
