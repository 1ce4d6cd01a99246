//! Whatever is in the files and variables, discovery comes to an end and shows no secret. Shared with the fuzz
//! target `configuration`.
//!
//! An input has sections that begin with lines like `--- auth.toml`: the files below `~/.prefect`, and with
//! `--- environment` lines of `NAME=value`. In it, `SECRET` stands for a secret where a secret belongs.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use prefect_client::config::{Configuration, Explicit, Sources};
use prefect_client::secrecy::ExposeSecret;
use prefect_client::transport::Endpoint;

/// What stands in the place of a secret must be shown nowhere.
const CANARY: &str = "canary-7b2c";
/// How lines begin that hold one.
const HOLDERS: [&str; 8] = [
    "api_key",
    "api_token",
    "auth_token",
    "cloud.api_key",
    "tenant_id",
    "PREFECT__CLOUD__API_KEY=",
    "PREFECT__CLOUD__AUTH_TOKEN=",
    "PREFECT__CLOUD__TENANT_ID=",
];
const FILES: [&str; 4] =
    ["auth.toml", "backend.toml", "config.toml", "client/https-api.prefect.io-graphql/settings.toml"];

/// What is discovered, in words. `home` is an empty folder, and is one again afterwards.
///
/// # Errors
/// Says what is wrong with it.
pub fn check(home: &Path, input: &[u8]) -> Result<String, String> {
    let input = with_secrets(&String::from_utf8_lossy(input));
    let mut sources = Sources::default().home(home);
    let mut written = BTreeMap::new();
    for section in input.split("\n--- ") {
        let Some((name, text)) = section.trim_start_matches("--- ").split_once('\n') else { continue };
        if let Some(file) = FILES.iter().find(|file| **file == name) {
            let path = home.join(".prefect").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            written.insert(path, text);
        } else {
            let variables = text.lines().filter_map(|line| line.split_once('='));
            sources = variables.fold(sources, |sources, (name, value)| sources.variable(name, value));
        }
    }
    let outcome = Configuration::discover(&sources, Explicit::default());
    let unchanged = written.iter().all(|(path, text)| fs::read_to_string(path).unwrap() == **text);
    let _ = fs::remove_dir_all(home.join(".prefect"));
    if !unchanged {
        return Err("a file was written".to_owned());
    }
    let (shown, told) = match outcome {
        Ok(found) => {
            let endpoint = found.api.parse::<Endpoint>();
            let secrets = [&found.api_key, &found.auth_token].into_iter().flatten();
            let secrets = secrets.filter(|secret| secret.expose_secret() == CANARY).count();
            (
                format!("{found:?}{endpoint:?}"),
                format!("{} at {} with {secrets} secrets", found.backend, found.api),
            )
        }
        Err(error) => {
            let causes = std::iter::successors(Some(&error as &dyn Error), |&cause| cause.source());
            let told: Vec<String> = causes.map(ToString::to_string).collect();
            (format!("{told:?}{error:?}"), told.join(": "))
        }
    };
    if shown.contains(CANARY) {
        return Err(format!("a secret is shown: {shown}"));
    }
    Ok(told.replace(&home.display().to_string(), "~"))
}

/// With a secret where one belongs. A value that refers to another one, or goes on in another line, may be meant
/// for something else, so then there is none.
fn with_secrets(input: &str) -> String {
    if ["$", "\"\"\"", "'''"].iter().any(|text| input.contains(text)) {
        return input.to_owned();
    }
    let holds = |line: &str| HOLDERS.iter().any(|name| line.starts_with(name));
    let secret = |line: &str| if holds(line) { line.replace("SECRET", CANARY) } else { line.to_owned() };
    input.split_inclusive('\n').map(secret).collect()
}
