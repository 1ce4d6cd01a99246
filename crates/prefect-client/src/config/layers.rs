//! All settings as one flat table: the defaults, the files over them, the environment over these.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::files::{self, Contents};
use super::interpolate;
use super::origin::Origin;
use super::sources::{PREFIX, Sources};
use super::value::Value;

/// Prefect 1.4.1's own settings, as far as a client needs them or others refer to them.
const DEFAULTS: [(&str, &str); 12] = [
    ("home_dir", "~/.prefect"),
    ("backend", "cloud"),
    ("server.host", "http://localhost"),
    ("server.port", "4200"),
    ("server.host_port", "4200"),
    ("server.host_ip", "127.0.0.1"),
    ("server.endpoint", "${server.host}:${server.port}"),
    ("server.ui.host", "http://localhost"),
    ("server.ui.port", "8080"),
    ("server.ui.endpoint", "${server.ui.host}:${server.ui.port}"),
    ("cloud.endpoint", "https://api.prefect.io"),
    ("cloud.api", "${${backend}.endpoint}"),
];

/// The files of settings, the later one over the earlier: the key that moves it, which only a
/// variable can set, and where it is otherwise. (`home_dir` moves neither: a file may set it.)
const FILES: [(&str, &str); 2] =
    [("user_config_path", "~/.prefect/config.toml"), ("backend_config_path", "~/.prefect/backend.toml")];

/// A value and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The value.
    pub(super) value: Value,
    /// Where it was found.
    pub(super) origin: Origin,
}

/// All settings. Keys have dots between their parts.
#[derive(Default)]
pub(super) struct Layers(BTreeMap<String, Entry>);

impl Layers {
    /// Lays the files over the defaults, and the environment over the files.
    pub(super) fn load(sources: &Sources) -> Result<Self, ConfigError> {
        if let Some(name) = sources.not_unicode() {
            return Err(ConfigError::NotUnicode { name: name.to_owned() });
        }
        let mut layers = Self::default();
        for (key, text) in DEFAULTS {
            layers.set(key, Value::Text(text.to_owned()), Origin::Default);
        }
        for (key, path) in FILES {
            layers.read(key, path, sources)?;
        }
        layers.read_environment(sources);
        Ok(layers)
    }

    /// The value of a key, as it was written.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }

    /// Lays one value over all others.
    pub(super) fn set(&mut self, key: &str, value: Value, origin: Origin) {
        self.0.insert(key.to_owned(), Entry { value, origin });
    }

    /// Lays a file over what is there; a variable set to nothing means no file.
    fn read(&mut self, key: &str, path: &str, sources: &Sources) -> Result<(), ConfigError> {
        let variable = format!("{PREFIX}{}", key.to_uppercase());
        let path = sources.get(&variable).unwrap_or(path);
        let Some(path) = interpolate::expand(path, sources) else {
            let (key, origin) = (key.to_owned(), Origin::Environment(variable));
            return Err(ConfigError::EndlessReference { key, origin });
        };
        let path = PathBuf::from(path);
        if let Some(table) = files::read(&path, Contents::Settings)? {
            self.flatten("", table, &path);
        }
        Ok(())
    }

    fn flatten(&mut self, parent: &str, table: toml::Table, path: &Path) {
        for (name, value) in table {
            let key = if parent.is_empty() { name } else { format!("{parent}.{name}") };
            match value {
                toml::Value::Table(table) => self.flatten(&key, table, path),
                value => self.set(&key, Value::from(value), Origin::File(path.to_path_buf())),
            }
        }
    }

    /// `PREFECT__SERVER__PORT` is `server.port`. Where names differ in case alone, capitals win.
    fn read_environment(&mut self, sources: &Sources) {
        for (name, text) in sources.prefect_variables().rev() {
            let key = name.to_lowercase().replace("__", ".");
            let origin = Origin::Environment(format!("{PREFIX}{name}"));
            self.set(&key, Value::Text(text.to_owned()), origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Entry, Layers};
    use crate::config::origin::Origin;
    use crate::config::sources::Sources;
    use crate::config::value::Value;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn later_layers_hide_earlier_ones_key_by_key() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".prefect");
        fs::create_dir(&folder).unwrap();
        let config = "backend = 'a'\nunknown = [1]\n[server]\nhost = 'b'\nport = 1\n[server.ui]\nport = 2";
        fs::write(folder.join("config.toml"), config).unwrap();
        fs::write(folder.join("backend.toml"), "backend = 'c'").unwrap();
        let sources = Sources::default().home(home.path()).variable("PREFECT__SERVER__HOST", "d");
        let layers = Layers::load(&sources).unwrap();
        let entry = |key| layers.get(key).cloned();
        let config = Origin::File(folder.join("config.toml"));
        let backend = Origin::File(folder.join("backend.toml"));
        let variable = Origin::Environment("PREFECT__SERVER__HOST".to_owned());
        assert_eq!(entry("backend"), Some(Entry { value: text("c"), origin: backend }));
        assert_eq!(entry("server.host"), Some(Entry { value: text("d"), origin: variable }));
        let number = |number: &str, origin| Some(Entry { value: Value::Number(number.to_owned()), origin });
        assert_eq!(entry("server.port"), number("1", config.clone()));
        assert_eq!(entry("server.ui.port"), number("2", config));
        let default = Entry { value: text("http://localhost"), origin: Origin::Default };
        assert_eq!(entry("server.ui.host"), Some(default));
        assert_eq!(entry("server.nothing"), None);
    }

    #[test]
    fn variables_move_the_files_or_switch_them_off() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("mine.toml"), "backend = 'moved'").unwrap();
        fs::create_dir(home.path().join(".prefect")).unwrap();
        fs::write(home.path().join(".prefect/backend.toml"), "backend = 'usual'").unwrap();
        let backend = |sources: Sources| {
            let layers = Layers::load(&sources.home(home.path()).variable("HERE", "~")).unwrap();
            layers.get("backend").unwrap().value.clone()
        };
        assert_eq!(backend(Sources::default()), text("usual"));
        let off = Sources::default().variable("PREFECT__BACKEND_CONFIG_PATH", "");
        assert_eq!(backend(off.clone()), text("cloud"));
        assert_eq!(backend(off.variable("PREFECT__USER_CONFIG_PATH", "$HERE/mine.toml")), text("moved"));
    }

    #[test]
    fn names_of_variables_ignore_case_and_capitals_win() {
        let load =
            |sources: Sources| Layers::load(&sources).unwrap().get("server.host").unwrap().value.clone();
        let lower = Sources::default().variable("PREFECT__server__Host", "lower");
        assert_eq!(load(lower.clone()), text("lower"));
        assert_eq!(load(lower.variable("PREFECT__SERVER__HOST", "upper")), text("upper"));
        assert_eq!(load(Sources::default().variable("prefect__server__host", "x")), text("http://localhost"));
    }
}
