//! Reads TOML files: bounded, never written to, and without quoting them when they are wrong.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::error::ConfigError;

/// The largest file that is read, in bytes.
pub(super) const LIMIT: u64 = 1024 * 1024;

/// What kind of contents a file has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    /// Settings.
    Settings,
    /// Credentials: nobody else should be able to read the file, and a message says nothing of it.
    Credentials,
}

/// Reads a file of settings or credentials; nothing if there is no such file.
pub(super) fn read(path: &Path, contents: Contents) -> Result<Option<toml::Table>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_path_buf(), source };
    let Some(metadata) = existing(fs::metadata(path)).map_err(unreadable)? else { return Ok(None) };
    if !metadata.is_file() {
        // As in Prefect. A pipe or a device would have to be waited for, or would never end.
        tracing::warn!(path = %path.display(), "this is no regular file, and is not read");
        return Ok(None);
    }
    let Some(file) = existing(File::open(path)).map_err(unreadable)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if contents == Contents::Credentials {
        warn_if_exposed(path, &metadata);
    }
    parse(path, bytes, contents).map(Some)
}

/// Nothing, for a file that does not exist.
fn existing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse(path: &Path, bytes: Vec<u8>, contents: Contents) -> Result<toml::Table, ConfigError> {
    let path = || path.to_path_buf();
    if bytes.len() as u64 > LIMIT {
        return Err(ConfigError::TooLarge { path: path(), limit: LIMIT });
    }
    let text = String::from_utf8(bytes).map_err(|_| ConfigError::NotUtf8 { path: path() })?;
    text.parse().map_err(|error: toml::de::Error| {
        let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
        let message = match contents {
            Contents::Settings => error.message().to_owned(),
            Contents::Credentials => "this is not TOML".to_owned(),
        };
        ConfigError::Syntax { path: path(), line, column, message }
    })
}

/// The line and the column of a byte, counted from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    (line, column)
}

#[cfg(unix)]
fn warn_if_exposed(path: &Path, metadata: &Metadata) {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let mode = format_args!("{mode:03o}");
        tracing::warn!(path = %path.display(), %mode, "others can read this file of credentials");
    }
}

#[cfg(not(unix))]
fn warn_if_exposed(_: &Path, _: &Metadata) {}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;
    use tempfile::TempDir;

    use super::{Contents, LIMIT, position, read};

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    /// The message and the debug output of the error for a file with these contents.
    fn error(bytes: impl AsRef<[u8]>, contents: Contents) -> String {
        let folder = folder();
        let path = folder.path().join("some.toml");
        fs::write(&path, bytes).unwrap();
        let error = read(&path, contents).unwrap_err();
        let folder = folder.path().display().to_string();
        format!("{error}\n{error:?}").replace(&folder, "HOME")
    }

    #[test]
    fn what_is_not_a_file_is_as_good_as_missing() {
        let folder = folder();
        let plain = folder.path().join("plain.toml");
        fs::write(&plain, "a = 1").unwrap();
        for path in [folder.path().join("missing"), folder.path().to_path_buf(), plain.join("below")] {
            assert!(read(&path, Contents::Settings).unwrap().is_none(), "{}", path.display());
        }
        assert!(read(&plain, Contents::Settings).unwrap().is_some());
    }

    #[test]
    fn settings_that_are_not_toml_are_located() {
        assert_snapshot!(error("[cloud]\n  ä = = 1", Contents::Settings), @r#"
        HOME/some.toml, line 2, column 7: extra `=`, expected nothing
        Syntax { path: "HOME/some.toml", line: 2, column: 7, message: "extra `=`, expected nothing" }
        "#);
    }

    #[test]
    fn credentials_that_are_not_toml_are_located_and_not_quoted() {
        let texts = [
            "[api]\napi_key = pcu_hush",
            "pcu_hush",
            "api_key = \"pcu_hush",
            "pcu_hush = 1\npcu_hush = 2",
            "[pcu_hush]\na = 1\n[pcu_hush]\nb = 1",
            "pcu_hush = 1\npcu_hush.a = 2",
            "a = \"\\pcu_hush\"",
        ];
        for text in texts {
            let error = error(text, Contents::Credentials);
            assert!(!error.contains("hush") && error.contains("line"), "{error}");
        }
        assert_snapshot!(error(texts[0], Contents::Credentials), @r#"
        HOME/some.toml, line 2, column 11: this is not TOML
        Syntax { path: "HOME/some.toml", line: 2, column: 11, message: "this is not TOML" }
        "#);
    }

    #[test]
    fn no_message_about_settings_quotes_a_value() {
        for value in ["pcu_hush", "\"pcu_hush", "\"\\pcu_hush\"", "'pcu_hush' x", "1pcu_hush"] {
            let error = error(format!("[cloud]\napi_key = {value}\n"), Contents::Settings);
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn size_is_bounded() {
        let limit = usize::try_from(LIMIT).unwrap();
        assert_snapshot!(error(vec![b'#'; limit + 1], Contents::Settings), @r#"
        HOME/some.toml is larger than 1048576 bytes
        TooLarge { path: "HOME/some.toml", limit: 1048576 }
        "#);
        let folder = folder();
        let path = folder.path().join("large.toml");
        fs::write(&path, vec![b'#'; limit]).unwrap();
        assert!(read(&path, Contents::Settings).unwrap().unwrap().is_empty());
    }

    #[test]
    fn text_must_be_utf8() {
        assert_snapshot!(error(b"a = \"\xff\"", Contents::Settings), @r#"
        HOME/some.toml is not UTF-8
        NotUtf8 { path: "HOME/some.toml" }
        "#);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(error(deep, Contents::Settings).contains("line 1"));
    }

    #[test]
    fn positions_count_characters_from_one() {
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("a\nä=b", 5), (2, 3));
        assert_eq!(position("a\n", 2), (2, 1));
        assert_eq!(position("a", 7), (1, 2));
    }

    #[cfg(unix)]
    mod unix {
        use std::fs::{self, Permissions};
        use std::io;
        use std::os::unix::fs::PermissionsExt;
        use std::path::Path;
        use std::sync::Arc;

        use rustix::fs::{CWD, FileType, Mode, mknodat};

        use crate::config::files::{Contents, read};

        /// What is logged when a file of this mode is read.
        fn logged(mode: u32, contents: Contents) -> String {
            let folder = super::folder();
            let path = folder.path().join("auth.toml");
            fs::write(&path, "api_key = \"hush\"").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            log_of(|| drop(read(&path, contents).unwrap()))
        }

        fn log_of(work: impl FnOnce()) -> String {
            let (log, writer) = io::pipe().unwrap();
            let subscriber = tracing_subscriber::fmt().without_time().with_writer(Arc::new(writer)).finish();
            tracing::subscriber::with_default(subscriber, work);
            io::read_to_string(log).unwrap()
        }

        #[test]
        fn credentials_that_others_can_read_are_warned_about() {
            for mode in [0o640, 0o604, 0o644] {
                let log = logged(mode, Contents::Credentials);
                assert!(log.contains("WARN") && log.contains("auth.toml"), "{log}");
                assert!(log.contains(&format!("{mode:03o}")) && !log.contains("hush"), "{log}");
            }
        }

        #[test]
        fn what_may_never_end_is_not_read_and_warned_about() {
            let folder = super::folder();
            let pipe = folder.path().join("config.toml");
            mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
                let log = log_of(|| assert!(read(path, Contents::Settings).unwrap().is_none()));
                assert!(log.contains("WARN") && log.contains(path.to_str().unwrap()), "{log}");
            }
        }

        #[test]
        fn private_credentials_and_settings_are_not() {
            assert_eq!(logged(0o600, Contents::Credentials), "");
            assert_eq!(logged(0o644, Contents::Settings), "");
        }
    }
}
