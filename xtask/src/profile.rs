//! How the workspace's crates and dependencies are made for development, for what is outside of the workspace and builds in its
//! target folder: what is made alike is built once.

use std::env;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::manifest;

/// Arguments that give Cargo the profile `dev` of the workspace at `root`.
///
/// Without what the environment sets: it goes before a manifest, which arguments do not.
pub(crate) fn arguments(root: &Path) -> Result<Vec<String>> {
    let manifest: Table = manifest::read(root)?;
    let profile = manifest.get("profile").and_then(|profiles| profiles.get("dev"));
    let profile = profile.context("the workspace has no profile `dev`")?;
    let mut settings = Vec::new();
    add("profile.dev", profile, &mut settings);
    settings.retain(|(key, _)| env::var_os(variable(key)).is_none());
    Ok(settings
        .into_iter()
        .flat_map(|(key, value)| ["--config".to_owned(), format!("{key}={value}")])
        .collect())
}

/// Cargo takes no table as an argument, so each value by itself.
fn add(key: &str, value: &Value, settings: &mut Vec<(String, String)>) {
    match value {
        Value::Table(table) => {
            table.iter().for_each(|(name, value)| add(&format!("{key}.{name}"), value, settings));
        }
        _ => settings.push((key.to_owned(), value.to_string())),
    }
}

/// The environment's name for a setting.
fn variable(key: &str) -> String {
    format!("CARGO_{}", key.replace(['.', '-'], "_").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_one_that_cargo_takes_on_the_command_line() {
        let profile: Value =
            toml::from_str::<Table>("debug = 'line-tables-only'\npackage.a-b.opt-level = 2").unwrap().into();
        let mut settings = Vec::new();
        add("profile.dev", &profile, &mut settings);
        let told = settings.iter().map(|(key, value)| format!("{key}={value} {}", variable(key)));
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
        profile.dev.debug="line-tables-only" CARGO_PROFILE_DEV_DEBUG
        profile.dev.package.a-b.opt-level=2 CARGO_PROFILE_DEV_PACKAGE_A_B_OPT_LEVEL
        "#);
    }
}
