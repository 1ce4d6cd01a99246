//! The header of the server's SDL: which server told it, when, and the hash of the text below.

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::artefacts::SERVER_SDL;

const SHA256: &str = "# sha256 of what follows the empty line: ";

/// What the server says of itself, and the day on which it was asked.
pub(crate) struct Provenance {
    /// Its version, or that it is not known.
    pub(crate) version: String,
    /// The day, in UTC.
    pub(crate) date: Date,
}

impl Provenance {
    /// The whole file: the header, an empty line, and the text.
    pub(crate) fn document(&self, text: &str) -> String {
        let Self { version, date } = self;
        let hash = sha256(text);
        format!(
            "# Written by `cargo xtask schema refresh`, not by hand.\n\
             # server version: {version}\n\
             # refreshed: {date}\n\
             {SHA256}{hash}\n\n{text}"
        )
    }
}

/// The version in words, from what a server answers of `api`. What it does not tell, or not in one word, is
/// unknown.
pub(crate) fn version(told: &Value) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".+-_".contains(c);
    let word = |name: &str| {
        let text = told.get("api")?.get(name)?.as_str()?;
        (!text.is_empty() && text.chars().all(plain)).then_some(text)
    };
    let version = word("version").unwrap_or("unknown");
    match word("core_version") {
        Some(core) => format!("{version} (Prefect {core})"),
        None => version.to_owned(),
    }
}

/// The text below the header. A document without a header is all text.
pub(crate) fn text(document: &str) -> &str {
    split(document).map_or(document, |(_, text)| text)
}

/// Fails unless there is a header whose hash is that of the text.
pub(crate) fn check(document: &str) -> Result<()> {
    let (header, text) = split(document).with_context(|| {
        format!(
            "{SERVER_SDL} has no header that tells where it is from; write it with \
             `cargo xtask schema refresh`"
        )
    })?;
    let told = header.lines().find_map(|line| line.strip_prefix(SHA256));
    ensure!(
        told == Some(sha256(text).as_str()),
        "{SERVER_SDL} is not what its header's sha256 is of: it was edited by hand; undo that with \
         `git restore {SERVER_SDL}`, or take the schema from a server with `cargo xtask schema refresh`"
    );
    Ok(())
}

fn split(document: &str) -> Option<(&str, &str)> {
    document.split_once("\n\n").filter(|(header, _)| header.lines().all(|line| line.starts_with('#')))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "type Query {\n  a: Int\n}\n\ntype T {\n  b: Int\n}\n";

    fn document() -> String {
        Provenance { version: "2021.12.03".into(), date: jiff::civil::date(2026, 11, 26) }.document(TEXT)
    }

    #[test]
    fn the_header_tells_the_server_the_day_and_the_hash() {
        let document = document();
        insta::assert_snapshot!(document, @"
        # Written by `cargo xtask schema refresh`, not by hand.
        # server version: 2021.12.03
        # refreshed: 2026-11-26
        # sha256 of what follows the empty line: 23e14c65f7f2b04fe5714d407def677afc481fddd7e60d1fe8d53b5c4945c1c2

        type Query {
          a: Int
        }

        type T {
          b: Int
        }
        ");
        assert_eq!(text(&document), TEXT);
        check(&document).unwrap();
    }

    #[test]
    fn what_a_server_does_not_tell_is_unknown() {
        let told = |api: Value| version(&json!({ "api": api }));
        assert_eq!(
            told(json!({ "version": "2021.12.03", "core_version": "0.15.10" })),
            "2021.12.03 (Prefect 0.15.10)"
        );
        assert_eq!(told(json!({ "version": null, "core_version": "0.15.10" })), "unknown (Prefect 0.15.10)");
        assert_eq!(told(json!({ "version": "1\ntype Injected { x: Int }" })), "unknown");
        assert_eq!(told(Value::Null), "unknown");
        assert_eq!(version(&Value::Null), "unknown");
    }

    #[test]
    fn a_document_without_a_header_is_all_text() {
        assert_eq!(text(TEXT), TEXT);
        insta::assert_snapshot!(check(TEXT).unwrap_err(), @"schema/prefect-server.graphql has no header that tells where it is from; write it with `cargo xtask schema refresh`");
    }

    #[test]
    fn each_changed_byte_of_the_text_is_found() {
        let document = document();
        for at in document.len() - TEXT.len()..document.len() {
            let mut bytes = document.clone().into_bytes();
            bytes[at] ^= 1;
            check(std::str::from_utf8(&bytes).unwrap()).unwrap_err();
        }
        insta::assert_snapshot!(check(&document.replace("b: Int", "b: ID")).unwrap_err(), @"schema/prefect-server.graphql is not what its header's sha256 is of: it was edited by hand; undo that with `git restore schema/prefect-server.graphql`, or take the schema from a server with `cargo xtask schema refresh`");
    }
}
