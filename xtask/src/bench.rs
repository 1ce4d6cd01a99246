//! `cargo xtask bench`: measures, prints a table, and writes `target/bench/report.json`. Nothing fails when a figure misses
//! its target; `BENCHMARKS.md` says what the rows are.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::cargo::Cargo;

const SUBJECTS: [&str; 3] = ["throughput", "instructions", "allocations"];
const REPORT: &str = "target/bench/report.json";

/// What to measure.
#[derive(Args)]
pub(crate) struct Selection {
    /// Measure these alone
    #[arg(value_name = "SUBJECT", value_parser = SUBJECTS)]
    subjects: Vec<String>,
}

/// A line that `prefect-bench` prints.
#[derive(Deserialize, Serialize)]
struct Row {
    what: String,
    figure: f64,
    unit: String,
    target: Target,
    made_of: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    AtMost(f64),
    AtLeast(f64),
    None,
}

/// Measures in the workspace at `root`.
pub(crate) fn run(selection: &Selection, root: &Path) -> Result<()> {
    let asked = selection.subjects.iter().map(String::as_str);
    let asked: Vec<_> = if selection.subjects.is_empty() { SUBJECTS.to_vec() } else { asked.collect() };
    let mut rows = Vec::new();
    for subject in asked {
        let arguments = ["run", "--quiet", "--release", "--package", "prefect-bench", "--", subject];
        rows.extend(read(&Cargo::new(root, arguments).output()?)?);
    }
    let report = root.join(REPORT);
    fs::create_dir_all(report.parent().context("the report has no folder")?)?;
    fs::write(&report, serde_json::to_string_pretty(&rows)?)
        .with_context(|| format!("cannot write {REPORT}"))?;
    print!("{}", table(&rows));
    Ok(())
}

fn read(lines: &str) -> Result<Vec<Row>> {
    lines.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no row: {line}"))).collect()
}

fn table(rows: &[Row]) -> String {
    let head = "| what | figure | target | met | made of |\n|---|---|---|---|---|\n".to_owned();
    rows.iter().fold(head, |table, row| table + &row.to_string())
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, figure, unit, target, made_of } = self;
        let (target, met) = match target {
            Target::AtMost(most) => (format!("≤ {most}"), if figure <= most { "yes" } else { "NO" }),
            Target::AtLeast(least) => (format!("≥ {least}"), if figure >= least { "yes" } else { "NO" }),
            Target::None => (String::new(), ""),
        };
        writeln!(f, "| {what} | {figure:.2}{unit} | {target} | {met} | {made_of} |")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_a_table_that_tells_what_was_missed() {
        let lines = r#"{"what":"a","figure":1.253,"unit":"","target":{"at_most":1.1},"made_of":"5 ÷ 4"}
{"what":"b","figure":0.96,"unit":"","target":{"at_least":0.95},"made_of":""}
{"what":"c","figure":3.0,"unit":" ms","target":"none","made_of":""}"#;
        insta::assert_snapshot!(table(&read(lines).unwrap()), @r"
        | what | figure | target | met | made of |
        |---|---|---|---|---|
        | a | 1.25 | ≤ 1.1 | NO | 5 ÷ 4 |
        | b | 0.96 | ≥ 0.95 | yes |  |
        | c | 3.00 ms |  |  |  |
        ");
        assert!(read("no JSON").is_err());
    }
}
