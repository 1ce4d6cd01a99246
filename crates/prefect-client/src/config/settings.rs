//! The settings of interest, each checked for its type.

use std::path::PathBuf;
use std::time::Duration;

use prefect_flow_run::{Backend, cloud_ui_endpoint};
use prefect_transport::{Endpoint, EndpointError};

use super::Explicit;
use super::error::ConfigError;
use super::interpolate;
use super::layers::{Entry, Layers};
use super::origin::Origin;
use super::sources::Sources;
use super::value::Value;

/// A value and where it was found.
pub(super) type Found<T> = (T, Origin);

/// Where the user interface of Prefect Server is configured.
pub(super) const UI: &str = "server.ui.endpoint";

/// The settings of all layers, the program's own on top.
pub(super) struct Settings<'a> {
    layers: Layers,
    sources: &'a Sources,
}

impl<'a> Settings<'a> {
    /// Reads the files and the environment.
    pub(super) fn load(sources: &'a Sources, explicit: &Explicit) -> Result<Self, ConfigError> {
        let mut layers = Layers::load(sources)?;
        if let Some(backend) = explicit.backend {
            layers.set("backend", Value::Text(backend.to_string()), Origin::Argument);
        }
        Ok(Self { layers, sources })
    }

    /// The backend.
    pub(super) fn backend(&self) -> Result<Found<Backend>, ConfigError> {
        let (name, origin) = self.required("backend")?;
        match name.parse() {
            Ok(backend) => Ok((backend, origin)),
            Err(_) => Err(ConfigError::UnknownBackend { name, origin }),
        }
    }

    /// The API's URL.
    pub(super) fn api(&self, explicit: &Explicit) -> Result<Found<String>, ConfigError> {
        let key = "cloud.api";
        let found = match &explicit.api {
            Some(api) => (api.clone(), Origin::Argument),
            None => self.required(key)?,
        };
        without_userinfo(key, found)
    }

    /// A text, unless it is not set.
    pub(super) fn text(&self, key: &str) -> Result<Option<Found<String>>, ConfigError> {
        let Some(Entry { value, origin }) = self.entry(key)? else { return Ok(None) };
        match value {
            Value::Text(text) | Value::Number(text) => Ok(Some((text, origin))),
            other => {
                let (key, expected, found) = (key.to_owned(), "a text", other.kind());
                Err(ConfigError::WrongType { key, expected, found, origin })
            }
        }
    }

    /// A text that must be there.
    fn required(&self, key: &str) -> Result<Found<String>, ConfigError> {
        match self.text(key)? {
            Some(found) => Ok(found),
            None => {
                let origin = self.layers.get(key).map_or(Origin::Default, |entry| entry.origin.clone());
                Err(ConfigError::Empty { key: key.to_owned(), origin })
            }
        }
    }

    /// What is set for a key, with all that it refers to put in.
    fn entry(&self, key: &str) -> Result<Option<Entry>, ConfigError> {
        let entry = interpolate::resolve(key, &self.layers, self.sources)?;
        Ok(entry.filter(|entry| !entry.value.is_unset()))
    }

    /// The folder where Prefect keeps credentials.
    pub(super) fn home_folder(&self) -> Result<PathBuf, ConfigError> {
        self.required("home_dir").map(|(path, _)| PathBuf::from(path))
    }

    /// The URLs at which earlier clients spoke GraphQL with this API, which they kept tokens under:
    /// one that is configured, those of 0.12 to 0.14, those of 0.10 and 0.11.
    pub(super) fn graphql_urls(&self, api: &str) -> Result<Vec<String>, ConfigError> {
        let configured = self.text("cloud.graphql")?.map(|(url, _)| url);
        let usual = ["graphql", "graphql/alpha"].map(|path| format!("{}/{path}", api.trim_end_matches('/')));
        Ok(configured.into_iter().chain(usual).collect())
    }

    /// The URL that links into the user interface begin with: that of Prefect Cloud follows from the
    /// API's, as in Prefect.
    pub(super) fn ui(&self, explicit: &Explicit, api: &str) -> Result<String, ConfigError> {
        let found = match explicit.ui.clone().or_else(|| cloud_ui_endpoint(api)) {
            Some(url) => (url, Origin::Argument),
            None => self.text(UI)?.unwrap_or((String::new(), Origin::Default)),
        };
        let (url, _) = without_userinfo(UI, found)?;
        Ok(url.trim_end_matches('/').to_owned())
    }

    /// How long a request may take, if that is configured.
    pub(super) fn request_timeout(&self) -> Result<Option<Duration>, ConfigError> {
        let key = "cloud.request_timeout";
        let Some(Entry { value, origin }) = self.entry(key)? else { return Ok(None) };
        let seconds = match &value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        };
        match seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            Some(timeout) => Ok(Some(timeout)),
            None => {
                let found = if seconds.is_some() { "out of range" } else { value.kind() };
                let expected = "a positive number of seconds";
                Err(ConfigError::WrongType { key: key.to_owned(), expected, found, origin })
            }
        }
    }
}

/// Refuses a URL with a user name or a password, which would be shown wherever the URL is.
pub(super) fn without_userinfo(key: &str, found: Found<String>) -> Result<Found<String>, ConfigError> {
    match found.0.parse::<Endpoint>() {
        Err(EndpointError::Userinfo) => Err(ConfigError::Userinfo { key: key.to_owned(), origin: found.1 }),
        _ => Ok(found),
    }
}
