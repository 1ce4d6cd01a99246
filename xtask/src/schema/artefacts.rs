//! The derived files: which there are, what is in them, and how they differ from the disk.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};

use super::merge::{Source, merge};
use super::rust_types::RustTypes;
use super::{part, provenance};

/// The schema that Prefect Server serves, as `refresh` writes it.
pub(crate) const SERVER_SDL: &str = "schema/prefect-server.graphql";
/// What Prefect Cloud adds to it, maintained by hand.
pub(crate) const CLOUD_SDL: &str = "schema/prefect-cloud.graphql";
/// Both as one document, for the types that are generated from it.
pub(crate) const MERGED_SDL: &str = "crates/prefect-schema/schema.graphql";
/// The server's schema once more, inside the package that serves it.
pub(crate) const SANDBOX_SDL: &str = "crates/prefect-sandbox/schema/prefect-server.graphql";

/// Both once more, inside the package that serves them as Prefect Cloud.
pub(crate) const SANDBOX_CLOUD_SDL: &str = "crates/prefect-sandbox/schema/prefect-cloud-merged.graphql";

/// What of both the operations are about, for their derives.
pub(crate) const OPERATIONS_SDL: &str = "crates/prefect-flow-run/schema.graphql";

/// A file that is derived from the maintainers' SDL.
pub(crate) struct Artefact {
    /// Where it stands, from the workspace's root.
    pub(crate) path: &'static str,
    /// What must be in it.
    pub(crate) content: String,
}

/// Every derived file, with the content it must have.
pub(crate) fn all(root: &Path) -> Result<Vec<Artefact>> {
    derived(root, provenance::text(&read(root, SERVER_SDL)?).to_owned())
}

/// Every file that is derived from this schema of the server, whether or not it is the one on disk. It has no
/// header, and neither have they: what is published tells what is in it and not when it was taken.
pub(crate) fn derived(root: &Path, server: String) -> Result<Vec<Artefact>> {
    let cloud = read(root, CLOUD_SDL)?;
    let merged =
        merge(&[Source { path: SERVER_SDL, text: &server }, Source { path: CLOUD_SDL, text: &cloud }])?;
    let rust_types = RustTypes::read(root)?;
    Ok(vec![
        Artefact { path: MERGED_SDL, content: merged.clone() },
        Artefact { path: OPERATIONS_SDL, content: part::of(&merged, &rust_types.graphql_types())? },
        Artefact { path: SANDBOX_SDL, content: server },
        Artefact { path: SANDBOX_CLOUD_SDL, content: merged },
    ])
}

/// The text of a file in the workspace.
pub(crate) fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))
}

impl Artefact {
    /// Writes the file unless it is already right; says whether it was written.
    pub(crate) fn write(&self, root: &Path) -> Result<bool> {
        if self.difference(root)?.is_none() {
            return Ok(false);
        }
        let path = root.join(self.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create the folder of {}", self.path))?;
        }
        fs::write(&path, &self.content).with_context(|| format!("cannot write {}", self.path))?;
        Ok(true)
    }

    /// How the file on disk differs from what must be in it.
    pub(crate) fn difference(&self, root: &Path) -> Result<Option<Difference>> {
        match fs::read(root.join(self.path)) {
            Ok(found) => Ok(Difference::between(self.content.as_bytes(), &found)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Some(Difference::Missing)),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.path)),
        }
    }
}

/// How a file differs from what must be in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// There is no such file.
    Missing,
    /// The first line, counted from 1, that is not as it must be.
    Line(usize),
}

impl Difference {
    fn between(wanted: &[u8], found: &[u8]) -> Option<Self> {
        if wanted == found {
            return None;
        }
        let common = wanted.iter().zip(found).take_while(|(a, b)| a == b);
        let line_breaks = common.filter(|(byte, _)| **byte == b'\n').count();
        Some(Self::Line(line_breaks + 1))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Line(line) => write!(f, "differs from line {line} on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Difference;

    #[test]
    fn the_first_line_that_differs_is_named() {
        let between = |found: &[u8]| Difference::between(b"a\nb\nc\n", found);
        assert_eq!(between(b"a\nb\nc\n"), None);
        assert_eq!(between(b"x\nb\nc\n"), Some(Difference::Line(1)));
        assert_eq!(between(b"a\nb\nx\n"), Some(Difference::Line(3)));
        assert_eq!(between(b"a\nb\n"), Some(Difference::Line(3)));
        assert_eq!(between(b"a\nb\nc\n\n"), Some(Difference::Line(4)));
        assert_eq!(between(b""), Some(Difference::Line(1)));
    }
}
