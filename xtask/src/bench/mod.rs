//! `cargo xtask bench`: measures, prints one table, and writes `target/bench/report.json`. Nothing fails when a figure
//! misses its target; `BENCHMARKS.md` says what the rows are.

mod builds;
mod counted;
mod edits;
mod operations_alone;
mod prepare;
mod project;
mod sizes;
mod subjects;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use bench_row::Row;
use clap::Args;
use clap::builder::PossibleValuesParser;

pub(crate) use counted::check as check_counted;
use subjects::{SUBJECTS, Subject};

const REPORT: &str = "target/bench/report.json";

/// What to measure.
#[derive(Args)]
pub(crate) struct Selection {
    /// Measure these alone
    #[arg(value_name = "SUBJECT", value_parser = PossibleValuesParser::new(SUBJECTS.iter().map(|subject| subject.name)))]
    subjects: Vec<String>,
    /// Measure what takes long as well
    #[arg(long)]
    full: bool,
}

impl Selection {
    fn contains(&self, subject: &Subject) -> bool {
        let named = self.subjects.iter().any(|name| name == subject.name);
        named || (self.subjects.is_empty() && (self.full || !subject.long))
    }

    /// Whether everything is measured but this, as it takes long.
    fn leaves_out(&self, subject: &Subject) -> bool {
        self.subjects.is_empty() && !self.contains(subject)
    }
}

/// Measures in the workspace at `root`.
pub(crate) fn run(selection: &Selection, root: &Path) -> Result<()> {
    let selected: Vec<_> = SUBJECTS.iter().filter(|subject| selection.contains(subject)).collect();
    let rows = measure(&selected, root, selection.full)?;
    write(&rows, &root.join(REPORT)).with_context(|| format!("cannot write {REPORT}"))?;
    print!("{}", bench_row::table(&rows));
    for left_out in SUBJECTS.iter().filter(|subject| selection.leaves_out(subject)) {
        eprintln!("{} are measured with --full, or by name", left_out.name);
    }
    Ok(())
}

/// Measures them one after the other, when all that they take is built.
fn measure(subjects: &[&Subject], root: &Path, full: bool) -> Result<Vec<Row>> {
    prepare::build(root, subjects)?;
    let mut rows = Vec::new();
    for subject in subjects {
        rows.extend(subject.measure(root, full)?);
    }
    Ok(rows)
}

fn write(rows: &[Row], report: &Path) -> Result<()> {
    fs::create_dir_all(report.parent().context("it has no folder")?)?;
    Ok(fs::write(report, serde_json::to_string_pretty(rows)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_what_takes_long_is_measured_unless_something_is_asked_for() {
        let asked = |subjects: &[&str], full| {
            let subjects = subjects.iter().map(|&name| name.to_owned()).collect();
            let selection = Selection { subjects, full };
            SUBJECTS.iter().filter(|s| selection.contains(s)).map(|s| s.name).collect::<Vec<_>>()
        };
        assert_eq!(asked(&["sandbox", "throughput"], false), ["throughput", "sandbox"]);
        assert_eq!(asked(&["builds"], false), ["builds"]);
        let (short, full) = (asked(&[], false), asked(&[], true));
        assert_eq!(full.len(), SUBJECTS.len());
        assert_eq!(short, full.iter().copied().filter(|name| *name != "builds").collect::<Vec<_>>());
    }

    #[test]
    fn the_report_is_written_into_a_new_folder() {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("bench/report.json");
        write(&[Row::default()], &report).unwrap();
        let rows: Vec<Row> = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_eq!(rows, [Row::default()]);
    }
}
