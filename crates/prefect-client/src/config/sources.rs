//! What discovery looks at besides the files: the environment and the home folder.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::path::PathBuf;

/// How the names of Prefect's environment variables begin.
pub(super) const PREFIX: &str = "PREFECT__";

/// The environment and the home folder that a configuration is discovered with.
///
/// [`Sources::process`] takes those of the running process; anything else starts from
/// [`Sources::default`], which has no variables and no home.
///
/// ```
/// use prefect_client::Backend;
/// use prefect_client::config::{Configuration, Explicit, Sources};
///
/// let sources = Sources::default().variable("PREFECT__BACKEND", "server");
/// let configuration = Configuration::discover(&sources, Explicit::default())?;
/// assert_eq!(configuration.backend, Backend::Server);
/// assert_eq!(configuration.api, "http://localhost:4200");
/// # Ok::<_, prefect_client::config::ConfigError>(())
/// ```
#[derive(Clone, Default)]
pub struct Sources {
    variables: BTreeMap<String, String>,
    not_unicode: Vec<String>,
    home: Option<PathBuf>,
}

impl Sources {
    /// The environment variables of the process, and its user's home folder.
    #[must_use]
    pub fn process() -> Self {
        let mut sources = Self { home: env::home_dir(), ..Self::default() };
        for (name, value) in env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(sources.variables.insert(name, value)),
                Err(_) if name.starts_with(PREFIX) => sources.not_unicode.push(name),
                Err(_) => {}
            }
        }
        sources
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets the home folder.
    #[must_use]
    pub fn home(mut self, folder: impl Into<PathBuf>) -> Self {
        self.home = Some(folder.into());
        self
    }

    /// The value of an environment variable.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The home folder, where there is one whose path is Unicode.
    pub(super) fn home_text(&self) -> Option<&str> {
        self.home.as_deref()?.to_str()
    }

    /// Prefect's variables, without their prefix.
    pub(super) fn prefect_variables(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.variables.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value.as_str())))
    }

    /// The first of Prefect's variables whose value is not Unicode.
    pub(super) fn not_unicode(&self) -> Option<&str> {
        self.not_unicode.first().map(String::as_str)
    }

    /// As if a variable of the process were not Unicode.
    #[cfg(test)]
    pub(super) fn with_not_unicode(mut self, name: &str) -> Self {
        self.not_unicode.push(name.to_owned());
        self
    }
}

/// Names alone: the values may be credentials.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.keys().collect();
        f.debug_struct("Sources").field("variables", &names).field("home", &self.home).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;

    #[test]
    fn debug_shows_names_and_no_values() {
        let sources = Sources::default().variable("PREFECT__CLOUD__API_KEY", "hush").home("/home/ada");
        let text = format!("{sources:?}");
        assert!(text.contains("PREFECT__CLOUD__API_KEY") && text.contains("/home/ada"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }

    #[test]
    fn the_process_has_variables() {
        assert!(Sources::process().get("PATH").is_some());
    }
}
