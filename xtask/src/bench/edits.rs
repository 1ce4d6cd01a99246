//! How long a check takes after an edit, in a copy of the workspace, as its files are edited.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench_row::{Row, Target, median};

use crate::cargo::Cargo;
use crate::copy;

const EDITS: usize = 5;

/// Copies the workspace at `root`, and checks the copy once.
pub(super) fn prepare(root: &Path) -> Result<()> {
    copy::tracked_files(root, &tree(root))?;
    check(root).map(drop)
}

/// Measures it in the copy that was prepared.
pub(super) fn measure(root: &Path) -> Result<Vec<Row>> {
    let edited = tree(root).join("crates/prefect-flow-run/src/lib.rs");
    let source = fs::read_to_string(&edited).with_context(|| format!("cannot read {}", edited.display()))?;
    let (mut after_an_edit, mut unchanged) = (Vec::new(), Vec::new());
    for edit in 0..EDITS {
        fs::write(&edited, format!("{source}\n// Edit {edit}.\n"))?;
        after_an_edit.push(check(root)?.as_secs_f64());
        unchanged.push(check(root)?.as_secs_f64());
    }
    Ok(vec![
        row("check of the facade after an edit of prefect-flow-run", Target::AtMost(2.0), after_an_edit),
        row("the same, when nothing was edited", Target::None, unchanged),
    ])
}

fn row(what: &str, target: Target, took: Vec<f64>) -> Row {
    Row { what: what.to_owned(), figure: median(took), unit: " s".to_owned(), target, ..Row::default() }
}

/// Without TLS, which is all that the facade has by default: what no edit concerns need not be built.
fn check(root: &Path) -> Result<Duration> {
    let facade = ["--package", "prefect-client", "--no-default-features"];
    let start = Instant::now();
    Cargo::new(&tree(root), ["check", "--quiet", "--offline"].into_iter().chain(facade))
        .env("CARGO_TARGET_DIR", &root.join("target/bench/check").to_string_lossy())
        .output()?;
    Ok(start.elapsed())
}

fn tree(root: &Path) -> PathBuf {
    root.join("target/bench/tree")
}
