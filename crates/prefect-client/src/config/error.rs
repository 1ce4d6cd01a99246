//! Why a configuration cannot be used. No message and no field holds the contents of a file.

use std::io;
use std::path::PathBuf;

use super::origin::Origin;

/// Why a configuration cannot be used.
///
/// Neither the messages nor the sources show what is in a file, where credentials may be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file is there but cannot be read.
    #[error("cannot read {}", path.display())]
    #[non_exhaustive]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file is larger than any configuration is.
    #[error("{} is larger than {limit} bytes", path.display())]
    #[non_exhaustive]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// A file is not text.
    #[error("{} is not UTF-8", path.display())]
    #[non_exhaustive]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A file is not TOML.
    #[error("{}, line {line}, column {column}: {message}", path.display())]
    #[non_exhaustive]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong there, in words that do not quote the file.
        message: String,
    },
    /// A `PREFECT__` environment variable is not Unicode.
    #[error("the environment variable {name} is not Unicode")]
    #[non_exhaustive]
    NotUnicode {
        /// The variable.
        name: String,
    },
    /// A value has a type that makes no sense for its key.
    #[error("`{key}` must be {expected}, but is {found} in {origin}")]
    #[non_exhaustive]
    WrongType {
        /// The key, with dots between its parts.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
        /// Where the value was found.
        origin: Origin,
    },
    /// A URL carries a user name or a password, which is not repeated here.
    #[error(
        "`{key}` in {origin} carries a user name or password: remove it; an API key has a place of its own"
    )]
    #[non_exhaustive]
    Userinfo {
        /// The key, with dots between its parts.
        key: String,
        /// Where the value was found.
        origin: Origin,
    },
    /// A value that is needed is empty, or refers to something that is not set.
    #[error("`{key}` is empty, or refers to something that is not set, in {origin}")]
    #[non_exhaustive]
    Empty {
        /// The key, with dots between its parts.
        key: String,
        /// Where the value was found.
        origin: Origin,
    },
    /// The backend is neither of the two.
    #[error("unknown backend {name:?} in {origin}: expected `server` or `cloud`")]
    #[non_exhaustive]
    UnknownBackend {
        /// What was found.
        name: String,
        /// Where it was found.
        origin: Origin,
    },
    /// The tenant id is not a UUID. What it is instead is not shown: it may be a key.
    #[error("the tenant id in {origin} is not a UUID")]
    #[non_exhaustive]
    InvalidTenantId {
        /// Where it was found.
        origin: Origin,
    },
    /// Following the `${...}` and `$...` in a value does not come to an end.
    #[error("`{key}` in {origin} refers to itself, or grows beyond every bound")]
    #[non_exhaustive]
    EndlessReference {
        /// The key, with dots between its parts.
        key: String,
        /// Where the value was found.
        origin: Origin,
    },
}
