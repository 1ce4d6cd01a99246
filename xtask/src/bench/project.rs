//! Programs outside of the workspace, which are only built: those that depend on our crates, as a user's would, and the
//! bare one, which has what is beneath them and nothing more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cargo::Cargo;

/// What a program is made of.
pub(super) struct Program {
    name: &'static str,
    /// Lines of its manifest. The workspace is four folders up.
    dependencies: &'static str,
    main: &'static str,
}

/// A request and its answer with reqwest, tokio and serde_json, of the features that the facade has them with.
pub(super) const BARE: Program = Program {
    name: "bare",
    dependencies: r#"
reqwest = { version = "0.13", default-features = false, features = ["rustls"] }
serde_json = { version = "1", features = ["raw_value"] }
tokio = { version = "1", default-features = false, features = ["rt"] }
"#,
    main: r#"
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
};

/// A run of a flow, with the facade as it comes.
pub(super) const FACADE: Program = Program {
    name: "facade",
    dependencies: r#"
prefect-client = { path = "../../../../crates/prefect-client" }
tokio = { version = "1", default-features = false, features = ["rt"] }
"#,
    main: r#"
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("the URL is missing")?;
    let client = prefect_client::Client::builder().api(url).build()?;
    let task = prefect_client::FlowRunTask::new().flow_name("F").project_name("P");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(task.run(&client))?);
    Ok(())
}
"#,
};

/// The domain crate for those who bring their own HTTP client.
pub(super) const WITHOUT_REQWEST: Program = Program {
    name: "without-reqwest",
    dependencies: r#"
prefect-flow-run = { path = "../../../../crates/prefect-flow-run", default-features = false }
"#,
    main: r#"
fn main() {
    println!("{:?}", prefect_flow_run::FlowRunTask::new().flow_name("F"));
}
"#,
};

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
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), program.main)?;
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { name, folder })
    }

    /// How long it takes to build it when nothing is there yet but the sources.
    pub(super) fn cold_build(&self) -> Result<Duration> {
        self.cold_build_of(&[])
    }

    /// How long it takes to build what our crates in it depend on, and nothing of ours.
    pub(super) fn cold_build_of_what_is_beneath(&self) -> Result<Duration> {
        let tree =
            self.cargo(&["tree", "--edges", "normal", "--prefix", "depth", "--format", " {p}"]).output()?;
        self.cold_build_of(&beneath(&tree))
    }

    /// Of these packages, or of the program if there are none.
    fn cold_build_of(&self, packages: &[String]) -> Result<Duration> {
        let target = self.target();
        if target.exists() {
            fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))?;
        }
        let start = Instant::now();
        let build = ["build", "--quiet"].into_iter();
        let packages = packages.iter().flat_map(|package| ["--package", package]);
        self.cargo(&build.chain(packages).collect::<Vec<_>>()).output()?;
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

    /// Cargo, which is not to download anything: all that it needs is the workspace's as well.
    fn cargo(&self, arguments: &[&str]) -> Cargo {
        Cargo::new(&self.folder, arguments.iter().chain(&["--offline"]))
            .env("CARGO_TARGET_DIR", &self.target().to_string_lossy())
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

/// Packages that crates of a folder depend on and that are not of a folder themselves, as Cargo takes them on its command
/// line, in a tree whose lines begin with their depths.
fn beneath(tree: &str) -> Vec<String> {
    // Whether the packages on the way to a line are of a folder.
    let mut ours = Vec::new();
    let mut found = BTreeSet::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name), Some(version)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        ours.truncate(depth.parse().unwrap_or_default());
        let is_ours = line.contains("(/");
        if !is_ours && ours.last() == Some(&true) {
            found.insert(format!("{name}@{}", version.trim_start_matches('v')));
        }
        ours.push(is_ours);
    }
    found.into_iter().collect()
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
    fn beneath_are_the_direct_dependencies_of_what_is_of_a_folder() {
        let tree = "0 program v0.0.0 (/a)\n1 ours v0.1.0 (/b)\n2 x v1.0.0\n3 deeper v1.2.0\n2 y-derive v2.0.0 (proc-macro)\n1 x v1.0.0 (*)\n1 z v3.1.4+spec-1\n";
        assert_eq!(beneath(tree), ["x@1.0.0", "y-derive@2.0.0", "z@3.1.4+spec-1"]);
    }

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
