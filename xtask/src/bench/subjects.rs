//! What can be measured, and by which program.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use bench_row::Row;

use super::{builds, sizes};
use crate::cargo::Cargo;

/// Something that is measured by itself.
pub(super) struct Subject {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// Whether CI measures it: rows of it are counted, and it takes no program that may be missing.
    pub(super) counted: bool,
    by: By,
}

/// What measures a subject.
enum By {
    /// `prefect-bench SUBJECT`.
    Program,
    /// `prefect-bench SUBJECT`, which starts the `flowrun` that is built beside it.
    ProgramWithFlowrun,
    /// The bench of prefect-sandbox.
    Sandbox,
    /// `sizes`.
    Sizes,
    /// `builds`.
    Builds,
}

/// All of them, in the order in which they are measured.
pub(super) const SUBJECTS: &[Subject] = &[
    Subject { name: "throughput", counted: false, by: By::Program },
    Subject { name: "instructions", counted: false, by: By::Program },
    Subject { name: "allocations", counted: true, by: By::Program },
    Subject { name: "requests", counted: true, by: By::Program },
    Subject { name: "waiting", counted: true, by: By::Program },
    Subject { name: "watching", counted: true, by: By::Program },
    Subject { name: "scheduling", counted: true, by: By::Program },
    Subject { name: "python", counted: false, by: By::Program },
    Subject { name: "processes", counted: false, by: By::ProgramWithFlowrun },
    Subject { name: "sandbox", counted: false, by: By::Sandbox },
    Subject { name: "sizes", counted: true, by: By::Sizes },
    Subject { name: "builds", counted: false, by: By::Builds },
];

impl Subject {
    /// Measures it in the workspace at `root`; all of it if `full`.
    pub(super) fn measure(&self, root: &Path, full: bool) -> Result<Vec<Row>> {
        eprintln!("{} ...", self.name);
        let start = Instant::now();
        let rows = match self.by {
            By::Program => rows_of(root, &program(self.name, full)),
            By::ProgramWithFlowrun => {
                Cargo::new(root, ["build", "--quiet", "--release", "--package", "flowrun"]).output()?;
                rows_of(root, &program(self.name, full))
            }
            By::Sandbox => rows_of(root, &sandbox(full)),
            By::Sizes => sizes::measure(root),
            By::Builds => builds::measure(root, full),
        };
        eprintln!("{}: {:.0} s", self.name, start.elapsed().as_secs_f64());
        rows.with_context(|| format!("cannot measure {}", self.name))
    }
}

fn program(subject: &str, full: bool) -> Vec<&str> {
    let run = ["run", "--quiet", "--release", "--package", "prefect-bench", "--", subject];
    run.into_iter().chain(full.then_some("--full")).collect()
}

/// The growth of its database is what takes long.
fn sandbox<'a>(full: bool) -> Vec<&'a str> {
    let bench = ["bench", "--quiet", "--package", "prefect-sandbox", "--bench", "sandbox", "--", "--json"];
    let asked: &[&str] = if full { &["--full"] } else { &["throughput", "lookup", "start"] };
    bench.iter().chain(asked).copied().collect()
}

fn rows_of(root: &Path, arguments: &[&str]) -> Result<Vec<Row>> {
    let printed = Cargo::new(root, arguments).output()?;
    bench_row::read(&printed).with_context(|| format!("what was printed are no rows:\n{printed}"))
}
