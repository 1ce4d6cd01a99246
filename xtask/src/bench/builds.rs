//! How long builds take: cold ones, beside that of the bare program, and a check after an edit.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench_row::{Row, Target, median};

use super::operations_alone;
use super::project::{BARE, FACADE, Project, WITHOUT_REQWEST, download};
use crate::cargo::Cargo;
use crate::copy;

/// Cold builds of each program.
const ROUNDS: usize = 1;
const ROUNDS_IF_FULL: usize = 5;
/// Checks after an edit.
const EDITS: usize = 5;

/// Measures all of them; each more often if `full`.
pub(super) fn measure(root: &Path, full: bool) -> Result<Vec<Row>> {
    download(root)?;
    let mut rows = cold_builds(root, if full { ROUNDS_IF_FULL } else { ROUNDS })?;
    rows.push(check_after_edit(root)?);
    Ok(rows)
}

/// Each round builds all of them, so that what else the machine does concerns all alike.
fn cold_builds(root: &Path, rounds: usize) -> Result<Vec<Row>> {
    let bare = Project::write(&BARE, root)?;
    let ours = [
        ("the facade", Target::AtMost(1.5), Project::write(&FACADE, root)?),
        ("prefect-flow-run without reqwest", Target::AtMost(0.6), Project::write(&WITHOUT_REQWEST, root)?),
        (
            "as many typed operations over prefect-transport, and nothing else,",
            Target::None,
            Project::write(&operations_alone::program(root)?, root)?,
        ),
    ];
    let mut of_bare = Vec::new();
    let mut of_ours = ours.each_ref().map(|_| Vec::new());
    for _ in 0..rounds {
        of_bare.push(bare.cold_build()?.as_secs_f64());
        for ((.., project), took) in ours.iter().zip(&mut of_ours) {
            took.push(project.cold_build()?.as_secs_f64());
        }
    }
    let bare = median(of_bare);
    let rows = ours.iter().zip(of_ours);
    Ok(rows.map(|((of, target, _), took)| cold(of, *target, median(took), bare)).collect())
}

fn cold(of: &str, target: Target, ours: f64, bare: f64) -> Row {
    Row {
        what: format!("cold build of {of} ÷ bare program"),
        figure: ours / bare,
        target,
        made_of: format!("{ours:.1} s ÷ {bare:.1} s"),
        ..Row::default()
    }
}

/// In a copy of the workspace: its files are edited.
fn check_after_edit(root: &Path) -> Result<Row> {
    let tree = root.join("target/bench/tree");
    copy::tracked_files(root, &tree)?;
    check(&tree)?;
    let edited = tree.join("crates/prefect-flow-run/src/lib.rs");
    let source = fs::read_to_string(&edited).with_context(|| format!("cannot read {}", edited.display()))?;
    let mut took = Vec::new();
    for edit in 0..EDITS {
        fs::write(&edited, format!("{source}\n// Edit {edit}.\n"))?;
        took.push(check(&tree)?.as_secs_f64());
    }
    Ok(Row {
        what: "check of the facade after an edit of prefect-flow-run".to_owned(),
        figure: median(took),
        unit: " s".to_owned(),
        target: Target::AtMost(2.0),
        ..Row::default()
    })
}

fn check(tree: &Path) -> Result<Duration> {
    let start = Instant::now();
    Cargo::new(tree, ["check", "--quiet", "--offline", "--package", "prefect-client"])
        .env("CARGO_TARGET_DIR", &tree.join("target").to_string_lossy())
        .output()?;
    Ok(start.elapsed())
}
