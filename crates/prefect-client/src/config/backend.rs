//! The two kinds of Prefect API.

use std::fmt;
use std::str::FromStr;

/// Which kind of Prefect API is spoken to: the configuration key `backend`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backend {
    /// A Prefect Server of one's own.
    Server,
    /// Prefect Cloud 1. What Prefect 1.4.1 assumes where nothing is configured.
    #[default]
    Cloud,
}

impl Backend {
    /// The name of the backend in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Cloud => "cloud",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is not the name of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `server` or `cloud`")]
pub struct ParseBackendError;

impl FromStr for Backend {
    type Err = ParseBackendError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "server" => Ok(Self::Server),
            "cloud" => Ok(Self::Cloud),
            _ => Err(ParseBackendError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, ParseBackendError};

    #[test]
    fn names_round_trip() {
        for backend in [Backend::Server, Backend::Cloud] {
            assert_eq!(backend.to_string().parse(), Ok(backend));
        }
        assert_eq!("Server".parse::<Backend>(), Err(ParseBackendError));
    }
}
