//! Where a value of the configuration was found.

use std::fmt;
use std::path::PathBuf;

/// Where a value of the configuration was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Given by the program.
    Argument,
    /// The environment variable of this name.
    Environment(String),
    /// The file at this path.
    File(PathBuf),
    /// Nothing was configured.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("an argument"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("the defaults"),
        }
    }
}

/// Where each value of a [`Configuration`](super::Configuration) was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origins {
    /// That of [`Configuration::backend`](super::Configuration::backend).
    pub backend: Origin,
    /// That of [`Configuration::api`](super::Configuration::api): of the value that decides it,
    /// where it is put together from several.
    pub api: Origin,
    /// That of [`Configuration::api_key`](super::Configuration::api_key), if there is one.
    pub api_key: Option<Origin>,
    /// That of [`Configuration::tenant_id`](super::Configuration::tenant_id), if there is one.
    pub tenant_id: Option<Origin>,
    /// That of [`Configuration::auth_token`](super::Configuration::auth_token), if there is one.
    pub auth_token: Option<Origin>,
}
