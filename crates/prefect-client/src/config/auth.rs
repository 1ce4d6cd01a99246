//! The files of credentials that Prefect's own command line leaves behind.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::error::ConfigError;
use super::files::{self, Contents};
use super::origin::Origin;
use super::slug;

/// What a file of credentials has for an API.
pub(super) struct Stored {
    /// The API key, or the older API token.
    pub(super) secret: Option<SecretString>,
    /// The tenant, as it is written.
    pub(super) tenant: Option<String>,
    /// The file.
    pub(super) path: PathBuf,
}

impl Stored {
    /// The file, as the origin of a value.
    pub(super) fn origin(&self) -> Origin {
        Origin::File(self.path.clone())
    }
}

/// What `prefect auth login` has stored for an API: its table in `auth.toml`.
pub(super) fn login(home: &Path, api: &str) -> Result<Option<Stored>, ConfigError> {
    let path = home.join("auth.toml");
    let Some(mut file) = files::read(&path, Contents::Credentials)? else { return Ok(None) };
    let slug = slug::of_api(api);
    match file.remove(&slug) {
        None => Ok(None),
        Some(toml::Value::Table(table)) => stored(table, path, ["api_key", "tenant_id"]).map(Some),
        Some(other) => Err(wrong_type(slug, "a table", &other, &path)),
    }
}

/// What `prefect auth login` of Prefect 0.10 to 0.14 has stored: a file for each URL that GraphQL
/// is spoken at. Of several, the first that has a token.
pub(super) fn seed_login(home: &Path, urls: &[String]) -> Result<Option<Stored>, ConfigError> {
    for url in urls {
        let path = home.join("client").join(slug::slugify(url)).join("settings.toml");
        let Some(file) = files::read(&path, Contents::Credentials)? else { continue };
        let stored = stored(file, path, ["api_token", "active_tenant_id"])?;
        if stored.secret.is_some() {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

fn stored(mut table: toml::Table, path: PathBuf, names: [&str; 2]) -> Result<Stored, ConfigError> {
    let [secret, tenant] = names.map(|name| text(&mut table, name, &path));
    Ok(Stored { secret: secret?.map(SecretString::from), tenant: tenant?, path })
}

/// Takes a text out of a table; nothing if it is missing or empty.
fn text(table: &mut toml::Table, name: &str, path: &Path) -> Result<Option<String>, ConfigError> {
    match table.remove(name) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(other) => Err(wrong_type(name.to_owned(), "a text", &other, path)),
    }
}

fn wrong_type(key: String, expected: &'static str, found: &toml::Value, path: &Path) -> ConfigError {
    let found = super::value::Value::from(found.clone()).kind();
    ConfigError::WrongType { key, expected, found, origin: Origin::File(path.to_path_buf()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;
    use secrecy::ExposeSecret;
    use tempfile::TempDir;

    use super::{Stored, login, seed_login};

    fn home(file: &str, text: &str) -> TempDir {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        home
    }

    fn parts(stored: &Stored) -> (Option<&str>, Option<&str>) {
        (stored.secret.as_ref().map(ExposeSecret::expose_secret), stored.tenant.as_deref())
    }

    const AUTH: &str = "\
# This file is auto-generated and should not be manually edited
# Update the Prefect config or use the CLI to login instead

[\"127.0.0.1-4301\"]
api_key = \"hush\"
tenant_id = \"t\"

[\"api.prefect.io\"]
api_key = \"\"
";

    #[test]
    fn the_table_of_the_api_is_taken() {
        let home = home("auth.toml", AUTH);
        let stored = login(home.path(), "http://127.0.0.1:4301/graphql").unwrap().unwrap();
        assert_eq!(parts(&stored), (Some("hush"), Some("t")));
        assert_eq!(stored.path, home.path().join("auth.toml"));
        let empty = login(home.path(), "https://api.prefect.io").unwrap().unwrap();
        assert_eq!(parts(&empty), (None, None));
        assert!(login(home.path(), "http://127.0.0.1:4302").unwrap().is_none());
        assert!(login(&home.path().join("nowhere"), "http://127.0.0.1:4301").unwrap().is_none());
    }

    #[test]
    fn types_are_checked_and_values_are_not_shown() {
        let error = |text: &str| {
            let home = home("auth.toml", text);
            let error = login(home.path(), "http://host").err().unwrap();
            assert!(!format!("{error:?}").contains("97"), "{error:?}");
            error.to_string().replace(&home.path().display().to_string(), "HOME")
        };
        assert_snapshot!(error("host = 97"), @"`host` must be a table, but is a number in HOME/auth.toml");
        assert_snapshot!(error("[host]\napi_key = 97"), @"`api_key` must be a text, but is a number in HOME/auth.toml");
        assert_snapshot!(error("[host]\ntenant_id = [97]"), @"`tenant_id` must be a text, but is an array in HOME/auth.toml");
    }

    #[test]
    fn the_first_url_with_a_token_is_taken() {
        let home = home(
            "client/http-host-graphql-alpha/settings.toml",
            "api_token = 'hush'\nactive_tenant_id = 't'",
        );
        let without = home.path().join("client/http-host-graphql");
        fs::create_dir(&without).unwrap();
        fs::write(without.join("settings.toml"), "active_tenant_id = 'other'").unwrap();
        let urls = ["http://host/graphql", "http://host/graphql/alpha"].map(str::to_owned);
        let stored = seed_login(home.path(), &urls).unwrap().unwrap();
        assert_eq!(parts(&stored), (Some("hush"), Some("t")));
        assert!(seed_login(home.path(), &urls[..1]).unwrap().is_none());
    }
}
