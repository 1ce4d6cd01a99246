//! How long cold builds take, beside that of the bare program.

use std::path::Path;

use anyhow::Result;
use bench_row::{Row, Target, median};

use super::operations_alone;
use super::project::{BARE, FACADE, Project, WITHOUT_REQWEST};

/// Cold builds of each program.
const ROUNDS: usize = 1;
const ROUNDS_IF_FULL: usize = 5;

/// Measures all of them; more often if `full`. Each round builds all, so that what else the machine does concerns all alike.
pub(super) fn measure(root: &Path, full: bool) -> Result<Vec<Row>> {
    let rounds = if full { ROUNDS_IF_FULL } else { ROUNDS };
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
