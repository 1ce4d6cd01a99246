//! The order of discovery, from the outside; what each part does is tested next to it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use prefect_flow_run::Backend;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use super::{Configuration, Explicit, Sources};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const ARGUMENT: &str = "33333333-3333-4333-8333-333333333333";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

/// A home folder with these files below `.prefect`.
struct Home(TempDir);

impl Home {
    fn new(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write(&home.path().join(".prefect").join(name), text);
        }
        Self(home)
    }

    fn sources(&self, variables: &[(&str, &str)]) -> Sources {
        let sources = Sources::default().home(self.0.path());
        variables.iter().fold(sources, |sources, (name, value)| sources.variable(*name, *value))
    }

    fn discover(&self, variables: &[(&str, &str)]) -> Configuration {
        Configuration::discover(&self.sources(variables), Explicit::default()).unwrap()
    }

    fn error(&self, variables: &[(&str, &str)]) -> String {
        let error = Configuration::discover(&self.sources(variables), Explicit::default()).unwrap_err();
        self.relative(&error.to_string())
    }

    /// A text without the place of the temporary folder.
    fn relative(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "~")
    }

    /// All that was found, a line each.
    fn summary(&self, found: &Configuration) -> String {
        let origins = &found.origins;
        let secret = |secret: &Option<SecretString>| {
            secret.as_ref().map(|secret| secret.expose_secret().to_owned()).unwrap_or_default()
        };
        let origin =
            |origin: &Option<super::Origin>| origin.as_ref().map(ToString::to_string).unwrap_or_default();
        let tenant = found.tenant_id.map(|id| id.to_string()).unwrap_or_default();
        self.relative(&format!(
            "backend {} ({})\napi {} ({})\nkey {} ({})\ntenant {} ({})\ntoken {} ({})\nui {}",
            found.backend,
            origins.backend,
            found.api,
            origins.api,
            secret(&found.api_key),
            origin(&origins.api_key),
            tenant,
            origin(&origins.tenant_id),
            secret(&found.auth_token),
            origin(&origins.auth_token),
            found.ui,
        ))
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn auth(slug: &str, key: &str, tenant: &str) -> String {
    format!("[\"{slug}\"]\napi_key = \"{key}\"\ntenant_id = \"{tenant}\"\n")
}

#[test]
fn with_nothing_configured_it_is_prefect_cloud() {
    let home = Home::new(&[]);
    assert_snapshot!(home.summary(&home.discover(&[])), @"
    backend cloud (the defaults)
    api https://api.prefect.io (the defaults)
    key  ()
    tenant  ()
    token  ()
    ui https://cloud.prefect.io
    ");
}

#[test]
fn without_a_home_the_defaults_hold() {
    let found = Configuration::discover(&Sources::default(), Explicit::default()).unwrap();
    assert_eq!((found.backend, found.api.as_str()), (Backend::Cloud, "https://api.prefect.io"));
}

#[test]
fn a_user_of_a_server_configures_nothing() {
    let home = Home::new(&[("backend.toml", "backend = \"server\"\n")]);
    assert_snapshot!(home.summary(&home.discover(&[])), @"
    backend server (~/.prefect/backend.toml)
    api http://localhost:4200 (~/.prefect/backend.toml)
    key  ()
    tenant  ()
    token  ()
    ui http://localhost:8080
    ");
}

#[test]
fn a_user_who_has_logged_in_configures_nothing() {
    let home = Home::new(&[("auth.toml", &auth("api.prefect.io", "stored", TENANT))]);
    assert_snapshot!(home.summary(&home.discover(&[])), @"
    backend cloud (the defaults)
    api https://api.prefect.io (the defaults)
    key stored (~/.prefect/auth.toml)
    tenant 11111111-1111-4111-8111-111111111111 (~/.prefect/auth.toml)
    token  ()
    ui https://cloud.prefect.io
    ");
}

#[test]
fn each_source_hides_those_after_it() {
    let config = format!(
        "backend = 'cloud'\n[cloud]\napi = 'http://config'\napi_key = 'config'\ntenant_id = '{TENANT}'"
    );
    let home = Home::new(&[
        ("config.toml", &config),
        ("backend.toml", "backend = 'server'"),
        ("auth.toml", &auth("config", "stored", OTHER)),
    ]);
    assert_snapshot!(home.summary(&home.discover(&[])), @"
    backend server (~/.prefect/backend.toml)
    api http://config (~/.prefect/config.toml)
    key config (~/.prefect/config.toml)
    tenant 11111111-1111-4111-8111-111111111111 (~/.prefect/config.toml)
    token  ()
    ui http://localhost:8080
    ");
    let variables = [
        ("PREFECT__BACKEND", "cloud"),
        ("PREFECT__CLOUD__API", "http://variable"),
        ("PREFECT__CLOUD__API_KEY", "variable"),
        ("PREFECT__CLOUD__TENANT_ID", OTHER),
        ("PREFECT__CLOUD__AUTH_TOKEN", "token"),
    ];
    assert_snapshot!(home.summary(&home.discover(&variables)), @"
    backend cloud (the environment variable PREFECT__BACKEND)
    api http://variable (the environment variable PREFECT__CLOUD__API)
    key variable (the environment variable PREFECT__CLOUD__API_KEY)
    tenant 22222222-2222-4222-8222-222222222222 (the environment variable PREFECT__CLOUD__TENANT_ID)
    token token (the environment variable PREFECT__CLOUD__AUTH_TOKEN)
    ui http://localhost:8080
    ");
    let explicit = Explicit {
        backend: Some(Backend::Server),
        api: Some("http://argument".to_owned()),
        api_key: Some("argument".into()),
        tenant_id: Some(ARGUMENT.parse().unwrap()),
        auth_token: Some("old".into()),
        ui: Some("http://argument:8080/".to_owned()),
    };
    let found = Configuration::discover(&home.sources(&variables), explicit).unwrap();
    assert_snapshot!(home.summary(&found), @"
    backend server (an argument)
    api http://argument (an argument)
    key argument (an argument)
    tenant 33333333-3333-4333-8333-333333333333 (an argument)
    token old (an argument)
    ui http://argument:8080
    ");
}

#[test]
fn parts_of_the_address_can_be_set_alone() {
    let home = Home::new(&[("backend.toml", "backend = 'server'")]);
    let api = |variables: &[(&str, &str)]| home.discover(variables).api;
    assert_eq!(api(&[("PREFECT__SERVER__HOST", "http://prefect.example")]), "http://prefect.example:4200");
    assert_eq!(api(&[("PREFECT__SERVER__PORT", "4300")]), "http://localhost:4300");
    assert_eq!(api(&[("PREFECT__SERVER__ENDPOINT", "http://a/b")]), "http://a/b");
    assert_eq!(api(&[("PREFECT__SERVER__HOST_PORT", "4300")]), "http://localhost:4200");
    let published = ("PREFECT__SERVER__ENDPOINT", "${server.host}:${server.host_port}");
    assert_eq!(api(&[published, ("PREFECT__SERVER__HOST_PORT", "4300")]), "http://localhost:4300");
    let cloud = ("PREFECT__CLOUD__ENDPOINT", "https://cloud.example");
    assert_eq!(api(&[cloud]), "http://localhost:4200");
    assert_eq!(api(&[cloud, ("PREFECT__BACKEND", "cloud")]), "https://cloud.example");
    assert_eq!(api(&[("PREFECT__CLOUD__API", "${cloud.endpoint}/x"), cloud]), "https://cloud.example/x");
    assert_eq!(api(&[("PREFECT__CLOUD__API", "http://$NAME"), ("NAME", "n")]), "http://n");
}

#[test]
fn an_explicit_backend_decides_the_address() {
    let explicit = |backend| Explicit { backend: Some(backend), ..Explicit::default() };
    let api = |backend| Configuration::discover(&Sources::default(), explicit(backend)).unwrap().api;
    assert_eq!(api(Backend::Server), "http://localhost:4200");
    assert_eq!(api(Backend::Cloud), "https://api.prefect.io");
}

#[test]
fn the_home_of_prefect_can_be_moved() {
    let home = Home::new(&[]);
    write(&home.0.path().join("elsewhere/auth.toml"), &auth("api.prefect.io", "moved", TENANT));
    let found = home.discover(&[("PREFECT__HOME_DIR", "~/elsewhere")]);
    assert_eq!(found.api_key.unwrap().expose_secret(), "moved");
    let found = home.discover(&[("PREFECT__HOME_DIR", "~/nowhere")]);
    assert!(found.api_key.is_none());
}

#[test]
fn an_empty_key_falls_through_to_the_stored_one() {
    let config = "[cloud]\napi_key = ''\ntenant_id = ''";
    let home =
        Home::new(&[("config.toml", config), ("auth.toml", &auth("api.prefect.io", "stored", TENANT))]);
    for value in ["", "false", "None"] {
        let found = home.discover(&[("PREFECT__CLOUD__API_KEY", value)]);
        assert_eq!(found.api_key.unwrap().expose_secret(), "stored");
    }
}

#[test]
fn a_key_of_digits_stays_as_it_is() {
    for key in ["123", "1e5", "007", "1.50", "+1"] {
        let found = Home::new(&[]).discover(&[("PREFECT__CLOUD__API_KEY", key)]);
        assert_eq!(found.api_key.unwrap().expose_secret(), key);
    }
}

#[test]
fn tokens_of_earlier_clients_are_found() {
    let settings = |name: &str, token: &str| {
        let file = format!("client/https-api.prefect.io-graphql{name}/settings.toml");
        (file, format!("api_token = '{token}'\nactive_tenant_id = '{TENANT}'"))
    };
    let (alpha, newer) = (settings("-alpha", "alpha"), settings("", "newer"));
    let home = Home::new(&[(&alpha.0, &alpha.1)]);
    assert_snapshot!(home.summary(&home.discover(&[])), @"
    backend cloud (the defaults)
    api https://api.prefect.io (the defaults)
    key  ()
    tenant 11111111-1111-4111-8111-111111111111 (~/.prefect/client/https-api.prefect.io-graphql-alpha/settings.toml)
    token alpha (~/.prefect/client/https-api.prefect.io-graphql-alpha/settings.toml)
    ui https://cloud.prefect.io
    ");
    let both = Home::new(&[(&alpha.0, &alpha.1), (&newer.0, &newer.1)]);
    let token = |variables: &[(&str, &str)]| {
        both.discover(variables).auth_token.map(|token| token.expose_secret().to_owned())
    };
    assert_eq!(token(&[]).as_deref(), Some("newer"));
    let configured = ("PREFECT__CLOUD__GRAPHQL", "${cloud.api}/graphql/alpha");
    assert_eq!(token(&[configured]).as_deref(), Some("alpha"));
    assert_eq!(token(&[("PREFECT__CLOUD__AUTH_TOKEN", "mine")]).as_deref(), Some("mine"));
    assert_eq!(token(&[("PREFECT__CLOUD__API_KEY", "key")]), None);
    assert_eq!(
        token(&[("PREFECT__BACKEND", "server"), ("PREFECT__CLOUD__API", "https://api.prefect.io")]),
        None
    );
}

#[test]
fn files_that_are_not_needed_are_not_read() {
    let home = Home::new(&[("auth.toml", "this is not TOML")]);
    let key = ("PREFECT__CLOUD__API_KEY", "key");
    let found = home.discover(&[key, ("PREFECT__CLOUD__TENANT_ID", TENANT)]);
    assert_eq!(found.api_key.unwrap().expose_secret(), "key");
    assert!(home.error(&[key]).contains("auth.toml"));
}

#[test]
fn links_begin_where_prefect_begins_them() {
    let ui = |api: &str| Home::new(&[]).discover(&[("PREFECT__CLOUD__API", api)]).ui;
    assert_eq!(ui("https://api.prefect.io/"), "https://cloud.prefect.io");
    assert_eq!(ui("https://api-dev.prefect.io"), "https://dev.prefect.io");
    assert_eq!(ui("http://prefect.example"), "http://localhost:8080");
    let variables =
        [("PREFECT__BACKEND", "server"), ("PREFECT__SERVER__UI__ENDPOINT", "https://ui.example/")];
    assert_eq!(Home::new(&[]).discover(&variables).ui, "https://ui.example");
}

#[test]
fn a_configured_timeout_is_found() {
    let timeout =
        |text| Home::new(&[]).discover(&[("PREFECT__CLOUD__REQUEST_TIMEOUT", text)]).request_timeout;
    assert_eq!(timeout("2.5"), Some(Duration::from_millis(2500)));
    assert_eq!(timeout("0"), None);
    assert_eq!(Home::new(&[]).discover(&[]).request_timeout, None);
}

#[test]
fn debug_shows_no_credentials() {
    let found = Home::new(&[])
        .discover(&[("PREFECT__CLOUD__API_KEY", "hush"), ("PREFECT__CLOUD__AUTH_TOKEN", "hush")]);
    assert!(!format!("{found:?}").contains("hush"), "{found:?}");
}

#[test]
fn a_password_in_an_address_is_refused_and_not_shown() {
    let home = Home::new(&[("auth.toml", "[\"ada-hush-host\"]\napi_key = 1")]);
    assert_snapshot!(home.error(&[("PREFECT__CLOUD__API", "https://ada:hush@host")]), @"`cloud.api` in the environment variable PREFECT__CLOUD__API carries a user name or password: remove it; an API key has a place of its own");
    assert_snapshot!(home.error(&[("PREFECT__SERVER__HOST", "http//ada:hush@host"), ("PREFECT__BACKEND", "server")]), @"`cloud.api` in the environment variable PREFECT__BACKEND carries a user name or password: remove it; an API key has a place of its own");
    let ui = ("PREFECT__SERVER__UI__ENDPOINT", "https://ada:hush@host");
    assert_snapshot!(home.error(&[("PREFECT__BACKEND", "server"), ui]), @"`server.ui.endpoint` in the environment variable PREFECT__SERVER__UI__ENDPOINT carries a user name or password: remove it; an API key has a place of its own");
    let url = Some("https://ada:hush@host".to_owned());
    let explicit =
        Explicit { api: url.clone(), ui: url, tenant_id: TENANT.parse().ok(), ..Explicit::default() };
    let shown = format!("{explicit:?}");
    let error = Configuration::discover(&home.sources(&[]), explicit).unwrap_err();
    let shown = format!("{shown} {error} {error:?}");
    assert!(!shown.contains("hush") && !shown.contains(TENANT), "{shown}");
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let home =
        Home::new(&[("config.toml", "backend = [1]\n[cloud]\ntenant_id = 'hush'\nrequest_timeout = -1")]);
    let cloud = ("PREFECT__BACKEND", "cloud");
    let no_tenant = ("PREFECT__CLOUD__TENANT_ID", "");
    assert_snapshot!(home.error(&[]), @"`backend` must be a text, but is an array in ~/.prefect/config.toml");
    assert_snapshot!(home.error(&[("PREFECT__BACKEND", "Server")]), @r#"unknown backend "Server" in the environment variable PREFECT__BACKEND: expected `server` or `cloud`"#);
    assert_snapshot!(home.error(&[("PREFECT__BACKEND", "")]), @"`backend` is empty, or refers to something that is not set, in the environment variable PREFECT__BACKEND");
    assert_snapshot!(home.error(&[cloud]), @"the tenant id in ~/.prefect/config.toml is not a UUID");
    assert_snapshot!(home.error(&[cloud, no_tenant]), @"`cloud.request_timeout` must be a positive number of seconds, but is out of range in ~/.prefect/config.toml");
    assert_snapshot!(home.error(&[cloud, ("PREFECT__CLOUD__TENANT_ID", ""), ("PREFECT__CLOUD__REQUEST_TIMEOUT", "long")]), @"`cloud.request_timeout` must be a positive number of seconds, but is a text in the environment variable PREFECT__CLOUD__REQUEST_TIMEOUT");
    assert_snapshot!(home.error(&[cloud, ("PREFECT__CLOUD__API", "${nor.this}")]), @"`cloud.api` is empty, or refers to something that is not set, in the environment variable PREFECT__CLOUD__API");
    assert_snapshot!(home.error(&[cloud, ("PREFECT__CLOUD__API", "${cloud.api}/x")]), @"`cloud.api` in the environment variable PREFECT__CLOUD__API refers to itself, or grows beyond every bound");
    assert_snapshot!(home.error(&[cloud, ("PREFECT__CLOUD__API_KEY", "true")]), @"`cloud.api_key` must be a text, but is a boolean in the environment variable PREFECT__CLOUD__API_KEY");
    assert_snapshot!(home.error(&[cloud, ("PREFECT__USER_CONFIG_PATH", "$A"), ("A", "$A.")]), @"`user_config_path` in the environment variable PREFECT__USER_CONFIG_PATH refers to itself, or grows beyond every bound");
}

#[test]
fn files_that_are_wrong_are_named() {
    let error = |name: &str, text: &str| Home::new(&[(name, text)]).error(&[]);
    assert_snapshot!(error("config.toml", "[cloud\n"), @"~/.prefect/config.toml, line 1, column 7: unclosed table, expected `]`");
    assert_snapshot!(error("backend.toml", "backend = server\n"), @"~/.prefect/backend.toml, line 1, column 11: string values must be quoted, expected literal string");
    assert_snapshot!(error("auth.toml", "[api.prefect.io\napi_key = \"hush\"\n"), @"~/.prefect/auth.toml, line 1, column 16: this is not TOML");
    assert_snapshot!(error("auth.toml", &auth("api.prefect.io", "key", "hush")), @"the tenant id in ~/.prefect/auth.toml is not a UUID");
}

#[test]
fn variables_that_are_not_unicode_are_named() {
    let sources = Sources::default().with_not_unicode("PREFECT__CLOUD__API_KEY");
    let error = Configuration::discover(&sources, Explicit::default()).unwrap_err();
    assert_snapshot!(error.to_string(), @"the environment variable PREFECT__CLOUD__API_KEY is not Unicode");
}

#[cfg(unix)]
#[test]
fn sources_of_errors_are_kept() {
    use std::error::Error;

    let home = Home::new(&[]);
    let path = home.0.path().join(".prefect/config.toml");
    fs::create_dir(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let error = Configuration::discover(&home.sources(&[]), Explicit::default()).unwrap_err();
    assert_snapshot!(home.relative(&error.to_string()), @"cannot read ~/.prefect/config.toml");
    assert!(error.source().is_some());
}
