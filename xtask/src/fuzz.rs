//! `cargo xtask fuzz`: builds a target of `fuzz/` with the coverage that libFuzzer is guided by, and runs it.
//!
//! The stable toolchain has all of it, so that neither cargo-fuzz nor a nightly is needed.

use std::path::Path;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::cargo::Cargo;

/// What to fuzz, and how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The target
    target: Target,
    /// How long
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// What configuration is discovered in: files and environment variables
    Configuration,
    /// The sandbox's HTTP front: documents and variables
    Front,
    /// What `flowrun batch` reads: its input and its journal
    #[value(name = "json_lines")]
    JsonLines,
    /// What a client makes of a server's answers
    Responses,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Front => "front",
            Self::JsonLines => "json_lines",
            Self::Responses => "responses",
        }
    }
}

/// What cargo-fuzz passes as well, but for the sanitizers: they need a nightly.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Runs a target; a finding is an error. What was found stays in `target/fuzz`, below the workspace at `root`.
pub(crate) fn run(options: &Options, root: &Path) -> Result<()> {
    let name = options.target.name();
    let folder = root.join("target/fuzz");
    let corpus = folder.join("corpus").join(name);
    let found = folder.join("found").join(name);
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let path = |path: &Path| path.display().to_string();
    let cargo = ["run", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bin", name].map(str::to_owned);
    // With a target named, the flags are not those of build scripts and macros.
    let places =
        ["--target".to_owned(), host(root)?, "--target-dir".to_owned(), path(&folder), "--".to_owned()];
    let folders = [path(&corpus), path(&root.join("fuzz/seeds").join(name))];
    let limits = ["-rss_limit_mb=2048", "-max_len=16384", "-timeout=30"].map(str::to_owned);
    let rest =
        [format!("-max_total_time={}", options.seconds), format!("-artifact_prefix={}/", found.display())];
    let arguments = cargo.into_iter().chain(places).chain(folders).chain(limits).chain(rest);
    Cargo::new(root, arguments).env("RUSTFLAGS", RUSTFLAGS).run()
}

/// The triple of this machine.
fn host(root: &Path) -> Result<String> {
    let version = Cargo::new(root, ["version", "--verbose"]).output()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`cargo version --verbose` names no host")
}
