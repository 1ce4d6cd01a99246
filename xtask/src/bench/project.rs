//! Programs outside of the workspace, which are only built: those that depend on our crates, as a user's would, and the
//! bare one, which has what is beneath them and nothing more.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cargo::Cargo;
use crate::copy::write_if_changed;

/// What a program is made of.
pub(super) struct Program {
    pub(super) name: &'static str,
    /// Lines of its manifest. The workspace is four folders up.
    pub(super) dependencies: &'static str,
    /// Its build script, if it has one.
    pub(super) build: Option<&'static str>,
    pub(super) main: Cow<'static, str>,
}

/// A request and its answer with reqwest, tokio and serde_json, of the features that the facade has them with.
pub(super) const BARE: Program = Program {
    name: "bare",
    dependencies: r#"
reqwest = { version = "0.13", default-features = false, features = ["rustls"] }
serde_json = { version = "1", features = ["raw_value"] }
tokio = { version = "1", default-features = false, features = ["rt"] }
"#,
    build: None,
    main: Cow::Borrowed(
        r#"
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("the URL is missing")?;
    let body = serde_json::json!({ "query": "{ hello }" }).to_string();
    let request = reqwest::Client::new().post(url).header("content-type", "application/json").body(body);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async { request.send().await?.bytes().await })?;
    println!("{}", serde_json::from_slice::<serde_json::Value>(&answer)?);
    Ok(())
}
"#,
    ),
};

/// A run of a flow, with the facade as it comes.
pub(super) const FACADE: Program = Program {
    name: "facade",
    dependencies: r#"
prefect-client = { path = "../../../../crates/prefect-client" }
tokio = { version = "1", default-features = false, features = ["rt"] }
"#,
    build: None,
    main: Cow::Borrowed(
        r#"
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("the URL is missing")?;
    let client = prefect_client::Client::builder().api(url).build()?;
    let task = prefect_client::FlowRunTask::new().flow_name("F").project_name("P");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(task.run(&client))?);
    Ok(())
}
"#,
    ),
};

/// The domain crate for those who bring their own HTTP client.
pub(super) const WITHOUT_REQWEST: Program = Program {
    name: "without-reqwest",
    dependencies: r#"
prefect-flow-run = { path = "../../../../crates/prefect-flow-run", default-features = false }
"#,
    build: None,
    main: Cow::Borrowed(
        r#"
fn main() {
    println!("{:?}", prefect_flow_run::FlowRunTask::new().flow_name("F"));
}
"#,
    ),
};

/// Downloads what the workspace at `root` depends on, so that no build waits for it: all that a program needs is among it.
pub(super) fn download(root: &Path) -> Result<()> {
    Cargo::new(root, ["fetch", "--quiet", "--locked"]).output().map(drop)
}

/// A program's files.
pub(super) struct Project {
    name: &'static str,
    folder: PathBuf,
}

impl Project {
    /// Writes them below the workspace at `root`, with its release profile and the versions of its lock file.
    pub(super) fn write(program: &Program, root: &Path) -> Result<Self> {
        let name = program.name;
        let folder = root.join("target/bench/projects").join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]{}\n{}",
            program.dependencies,
            release_profile(&fs::read_to_string(root.join("Cargo.toml"))?)?
        );
        write_if_changed(&folder.join("Cargo.toml"), manifest.as_bytes())?;
        write_if_changed(&folder.join("src/main.rs"), program.main.as_bytes())?;
        if let Some(build) = program.build {
            write_if_changed(&folder.join("build.rs"), build.as_bytes())?;
        }
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { name, folder })
    }

    /// How long it takes to build it when nothing is there yet but the sources: not incrementally, as Cargo builds what
    /// comes from a registry.
    pub(super) fn cold_build(&self) -> Result<Duration> {
        let target = self.target();
        if target.exists() {
            fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))?;
        }
        let start = Instant::now();
        self.cargo(&["build", "--quiet"]).env("CARGO_INCREMENTAL", "0").output()?;
        Ok(start.elapsed())
    }

    /// The program, as it is released.
    pub(super) fn release(&self) -> Result<PathBuf> {
        self.cargo(&["build", "--quiet", "--release"]).output()?;
        Ok(self.target().join("release").join(self.name))
    }

    /// What `cargo tree` prints of it, each package in a line of this format.
    pub(super) fn tree(&self, format: &str) -> Result<String> {
        self.tree_of(self.name, format)
    }

    /// The same of one of the packages in it.
    pub(super) fn tree_of(&self, package: &str, format: &str) -> Result<String> {
        let tree =
            ["tree", "--edges", "normal", "--prefix", "none", "--format", format, "--package", package];
        self.cargo(&tree).output()
    }

    /// Cargo, which is not to download anything: see [`download`].
    fn cargo(&self, arguments: &[&str]) -> Cargo {
        Cargo::new(&self.folder, arguments.iter().chain(&["--offline"]))
            .env("CARGO_TARGET_DIR", &self.target().to_string_lossy())
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

/// The release profile of a manifest, without what it says of single packages.
fn release_profile(manifest: &str) -> Result<String> {
    let manifest: toml::Table = manifest.parse()?;
    let mut release = manifest
        .get("profile")
        .and_then(|profiles| profiles.get("release"))
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    release.remove("package");
    Ok(format!("[profile.release]\n{}", toml::to_string(&release)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_profile_is_that_of_all_packages() {
        let manifest = "[profile.dev]\nlto = true\n[profile.release]\nlto = \"fat\"\ncodegen-units = 1\n[profile.release.package]\na.opt-level = 1\n";
        insta::assert_snapshot!(release_profile(manifest).unwrap(), @r#"
        [profile.release]
        codegen-units = 1
        lto = "fat"
        "#);
        assert_eq!(release_profile("").unwrap(), "[profile.release]\n");
    }
}
