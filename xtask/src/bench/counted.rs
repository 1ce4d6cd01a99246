//! The figures that are counted, which are the same on any machine: a change that makes one worse does not pass CI.

use std::path::Path;

use anyhow::{Result, bail};
use bench_row::{Row, Target};

use super::subjects::SUBJECTS;

/// Rows that do not meet their targets, and what they are to be until they do. `BENCHMARKS.md` says why.
const LIMITS: [(&str, Target); 1] =
    [("crates of the facade, more than the bare program's", Target::AtMost(54.0))];

/// Measures what has counted rows, and fails if one of them has become worse than it may be.
pub(crate) fn check(root: &Path) -> Result<()> {
    let counted: Vec<_> = SUBJECTS.iter().filter(|subject| subject.counted).collect();
    let mut rows = super::measure(&counted, root, false)?;
    rows.retain(|row| row.counted);
    print!("{}", bench_row::table(&rows));
    let worse = worse(&rows, &LIMITS);
    if !worse.is_empty() {
        bail!(
            "{}\nBENCHMARKS.md tells how each is made, `cargo xtask bench SUBJECT` shows it",
            worse.join("\n")
        );
    }
    Ok(())
}

fn worse(rows: &[Row], limits: &[(&str, Target)]) -> Vec<String> {
    let mut worse = Vec::new();
    for row in rows {
        let limit = limits.iter().find(|(what, _)| *what == row.what).map_or(row.target, |(_, limit)| *limit);
        if limit.met_by(row.figure) == Some(false) {
            worse.push(format!("{} is {:.2}, and must be {limit}", row.what, row.figure));
        }
    }
    worse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_than_its_target_or_its_limit_is_told() {
        let row = |what: &str, figure| Row {
            what: what.to_owned(),
            figure,
            target: Target::AtMost(2.0),
            ..Row::default()
        };
        let rows = [
            row("met", 2.0),
            row("missed", 2.5),
            row("missed, within its limit", 2.5),
            row("missed, beyond its limit", 3.5),
            Row { target: Target::None, ..row("only told", 9.0) },
        ];
        let limit = Target::AtMost(3.0);
        let limits = [("missed, within its limit", limit), ("missed, beyond its limit", limit)];
        insta::assert_snapshot!(worse(&rows, &limits).join("\n"), @r"
        missed is 2.50, and must be ≤ 2
        missed, beyond its limit is 3.50, and must be ≤ 3
        ");
    }
}
