//! What is built before anything is measured, side by side where it can be: to link a program takes a single core for more
//! than a minute.

use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow};
use prefect_python::Environment;

use super::edits;
use super::project::{self, BARE, Project};
use super::subjects::Subject;
use crate::cargo::Cargo;

/// What a subject may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Built {
    /// `flowrun`, released.
    Flowrun,
    /// `prefect-bench`, released.
    Bench,
    /// The bench of prefect-sandbox, released.
    SandboxBench,
    /// The bare program, released.
    Bare,
    /// A copy of the workspace that was checked once.
    CheckedCopy,
    /// Prefect for Python, where prefect-bench looks for it.
    Python,
}

/// Selects the packages of both benches: with the features that they have together, what both depend on is built once for
/// the two of them.
pub(super) const BENCHES: [&str; 4] = ["--package", "prefect-bench", "--package", "prefect-sandbox"];

/// Builds what these subjects take, in the workspace at `root`.
pub(super) fn build(root: &Path, subjects: &[&Subject]) -> Result<()> {
    eprintln!("builds before ...");
    let start = Instant::now();
    let wanted = |built| subjects.iter().any(|subject| subject.takes().contains(&built));
    project::download(root)?;
    thread::scope(|threads| {
        let elsewhere = threads.spawn(|| in_folders_of_their_own(root, wanted));
        in_the_workspace(root, wanted)?;
        elsewhere.join().map_err(|_| anyhow!("the thread that builds beside this one panicked"))?
    })?;
    eprintln!("builds before: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn in_the_workspace(root: &Path, wanted: impl Fn(Built) -> bool) -> Result<()> {
    if wanted(Built::Flowrun) {
        release(root, ["--package", "flowrun"])?;
    }
    let benches = [(Built::Bench, ["--bin", "prefect-bench"]), (Built::SandboxBench, ["--bench", "sandbox"])];
    let targets: Vec<_> = benches.into_iter().filter(|(built, _)| wanted(*built)).collect();
    if !targets.is_empty() {
        release(root, BENCHES.into_iter().chain(targets.into_iter().flat_map(|(_, target)| target)))?;
    }
    Ok(())
}

fn release<'a>(root: &Path, selected: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let build = ["build", "--quiet", "--release"].into_iter().chain(selected);
    Cargo::new(root, build).output().map(drop)
}

fn in_folders_of_their_own(root: &Path, wanted: impl Fn(Built) -> bool) -> Result<()> {
    if wanted(Built::Bare) {
        Project::write(&BARE, root)?.release()?;
    }
    if wanted(Built::CheckedCopy) {
        edits::prepare(root)?;
    }
    if wanted(Built::Python) {
        Environment::below(&root.join("target/tmp"))?;
    }
    Ok(())
}
