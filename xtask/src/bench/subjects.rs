//! What can be measured, and by which program.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use bench_row::Row;

use super::prepare::{BENCHES, Built};
use super::{builds, edits, sizes};
use crate::cargo::Cargo;

/// Something that is measured by itself.
pub(super) struct Subject {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// Whether CI measures it: rows of it are counted, and it takes no program that may be missing.
    pub(super) counted: bool,
    /// Whether it is measured only if it is asked for by name, or with `--full`.
    pub(super) long: bool,
    by: By,
}

/// What measures a subject.
enum By {
    /// `prefect-bench SUBJECT`, which starts the `flowrun` that is built beside it.
    Program,
    /// The same, which starts Prefect for Python as well.
    ProgramAndPython,
    /// The bench of prefect-sandbox.
    Sandbox,
    /// `sizes`.
    Sizes,
    /// `edits`.
    Edits,
    /// `builds`.
    Builds,
}

/// All of them, in the order in which they are measured.
pub(super) const SUBJECTS: &[Subject] = &[
    timed("throughput", By::Program),
    timed("instructions", By::Program),
    counted("allocations", By::Program),
    counted("requests", By::Program),
    counted("waiting", By::Program),
    counted("watching", By::Program),
    counted("scheduling", By::Program),
    timed("python", By::ProgramAndPython),
    timed("processes", By::ProgramAndPython),
    timed("sandbox", By::Sandbox),
    counted("sizes", By::Sizes),
    timed("edits", By::Edits),
    Subject { long: true, ..timed("builds", By::Builds) },
];

const fn timed(name: &'static str, by: By) -> Subject {
    Subject { name, counted: false, long: false, by }
}

const fn counted(name: &'static str, by: By) -> Subject {
    Subject { counted: true, ..timed(name, by) }
}

impl Subject {
    /// What must be built before.
    pub(super) fn takes(&self) -> &'static [Built] {
        match self.by {
            By::Program => &[Built::Flowrun, Built::Bench],
            By::ProgramAndPython => &[Built::Flowrun, Built::Bench, Built::Python],
            By::Sandbox => &[Built::SandboxBench],
            By::Sizes => &[Built::Flowrun, Built::Bare],
            By::Edits => &[Built::CheckedCopy],
            By::Builds => &[],
        }
    }

    /// Measures it in the workspace at `root`, where what it takes is built; all of it if `full`.
    pub(super) fn measure(&self, root: &Path, full: bool) -> Result<Vec<Row>> {
        eprintln!("{} ...", self.name);
        let start = Instant::now();
        let rows = match self.by {
            By::Program | By::ProgramAndPython => program(root, self.name, full),
            By::Sandbox => sandbox(root, full),
            By::Sizes => sizes::measure(root),
            By::Edits => edits::measure(root),
            By::Builds => builds::measure(root, full),
        };
        eprintln!("{}: {:.0} s", self.name, start.elapsed().as_secs_f64());
        rows.with_context(|| format!("cannot measure {}", self.name))
    }
}

/// `cargo run` takes one package only, and so would build it anew.
fn program(root: &Path, subject: &str, full: bool) -> Result<Vec<Row>> {
    let mut program = Command::new(root.join("target/release/prefect-bench"));
    program.arg(subject).args(full.then_some("--full")).current_dir(root);
    let output = program.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{program:?} failed: {}", output.status);
    }
    rows(&String::from_utf8(output.stdout)?)
}

/// The growth of its database is what takes long.
fn sandbox(root: &Path, full: bool) -> Result<Vec<Row>> {
    let bench = ["bench", "--quiet"].into_iter().chain(BENCHES).chain(["--bench", "sandbox", "--", "--json"]);
    let asked: &[&str] = if full { &["--full"] } else { &["throughput", "lookup", "start"] };
    rows(&Cargo::new(root, bench.chain(asked.iter().copied())).output()?)
}

fn rows(printed: &str) -> Result<Vec<Row>> {
    bench_row::read(printed).with_context(|| format!("what was printed are no rows:\n{printed}"))
}
