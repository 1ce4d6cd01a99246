//! Where `schema/prefect-server.graphql` comes from, as comments at its top. Copies of the schema do not have them.

use std::fmt;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::artefacts::SERVER_SDL;

const HASH: &str = "# sha256 of what follows: ";

/// The file's text: its comments, and the schema below them.
pub(crate) struct ServerFile<'a> {
    comments: &'a str,
    pub(crate) schema: &'a str,
}

/// What is known of a schema that a server told.
pub(crate) struct Provenance {
    /// As the server tells it, if it does.
    pub(crate) server_version: Option<String>,
    /// In UTC, such as 2026-11-26.
    pub(crate) date: String,
}

impl<'a> ServerFile<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let length = text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum();
        let (comments, rest) = text.split_at_checked(length).unwrap_or(("", text));
        Self { comments, schema: rest.strip_prefix('\n').unwrap_or(rest) }
    }

    /// Fails if the schema is not the one that was refreshed.
    pub(crate) fn check(&self) -> Result<()> {
        let mend = "take it from a server with `cargo xtask schema refresh`";
        let told = self.comments.lines().find_map(|line| line.strip_prefix(HASH));
        let told = told.with_context(|| format!("{SERVER_SDL} does not say where it comes from: {mend}"))?;
        if told.trim() != sha256(self.schema) {
            bail!("{SERVER_SDL} was changed by hand, as its sha256 tells: {mend}");
        }
        Ok(())
    }
}

impl Provenance {
    /// The whole file.
    pub(crate) fn write_above(&self, schema: &str) -> String {
        format!("{self}{HASH}{}\n\n{schema}", sha256(schema))
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.server_version.as_deref().unwrap_or("of an unknown version");
        writeln!(f, "# The schema of Prefect Server {version}, as it told it on {}.", self.date)?;
        writeln!(f, "# Written by `cargo xtask schema refresh`.")
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "type Query {\n  a: Int\n}\n";

    fn file() -> String {
        let version = Some("core-1.4.1".to_owned());
        Provenance { server_version: version, date: "2026-11-26".to_owned() }.write_above(SCHEMA)
    }

    #[test]
    fn what_is_written_is_read_again() {
        insta::assert_snapshot!(file(), @r"
        # The schema of Prefect Server core-1.4.1, as it told it on 2026-11-26.
        # Written by `cargo xtask schema refresh`.
        # sha256 of what follows: f345ef0d4a99bca5beb5dee712214babefe8243a54bc3030662b4417fc70e904

        type Query {
          a: Int
        }
        ");
        let file = file();
        let file = ServerFile::of(&file);
        assert_eq!(file.schema, SCHEMA);
        file.check().unwrap();
    }

    #[test]
    fn a_change_by_hand_is_told() {
        let file = file().replace("a: Int", "a: Float");
        let error = ServerFile::of(&file).check().unwrap_err().to_string();
        assert!(error.contains("changed by hand") && error.contains("cargo xtask schema refresh"), "{error}");
    }

    #[test]
    fn a_schema_of_unknown_origin_is_told() {
        let file = ServerFile::of(SCHEMA);
        assert_eq!(file.schema, SCHEMA);
        assert!(file.check().unwrap_err().to_string().contains("does not say where it comes from"));
    }
}
