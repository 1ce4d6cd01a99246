//! `cargo xtask ci`: everything that must hold before a change is merged.

mod report;
mod steps;

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;

use report::{Outcome, Report};
use steps::{STEPS, Step};

/// Which steps to run.
#[derive(Args)]
pub(crate) struct Selection {
    /// Run these steps alone (default: all of them)
    #[arg(value_name = "STEP", value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name)))]
    only: Vec<String>,
    /// Leave a step out
    #[arg(long, value_name = "STEP", value_parser = PossibleValuesParser::new(STEPS.iter().map(|step| step.name)))]
    skip: Vec<String>,
}

impl Selection {
    fn contains(&self, step: &Step) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == step.name);
        !named(&self.skip) && (self.only.is_empty() || named(&self.only))
    }
}

/// Runs the selected steps in the workspace at `root`, up to the first that fails.
pub(crate) fn run(selection: &Selection, root: &Path) -> Result<()> {
    let report = run_steps(STEPS, selection, root);
    println!("\n{report}");
    if report.passed() { Ok(()) } else { bail!("not every step passed") }
}

fn run_steps(steps: &[Step], selection: &Selection, root: &Path) -> Report {
    let mut report = Report::default();
    for step in steps {
        if !selection.contains(step) || !report.passed() {
            report.push(step.name, Outcome::NotRun);
            continue;
        }
        println!("\n━━ {}: {}", step.name, step.purpose);
        let outcome = Outcome::of(|| (step.run)(root));
        println!("━━ {}: {outcome}", step.name);
        report.push(step.name, outcome);
    }
    report
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anyhow::bail;

    use super::{STEPS, Selection, Step, run_steps};

    const SAMPLE: &[Step] = &[
        Step { name: "good", purpose: "passes", run: |_| Ok(()) },
        Step { name: "bad", purpose: "fails", run: |_| bail!("on purpose") },
        Step { name: "later", purpose: "is not reached", run: |_| Ok(()) },
    ];

    fn select(only: &[&str], skip: &[&str]) -> Selection {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Selection { only: owned(only), skip: owned(skip) }
    }

    fn verdicts(selection: &Selection) -> (bool, String) {
        let report = run_steps(SAMPLE, selection, Path::new("."));
        (report.passed(), report.to_string())
    }

    #[test]
    fn the_first_failure_stops_the_run() {
        let (passed, text) = verdicts(&select(&[], &[]));
        assert!(!passed);
        assert!(text.contains("bad: FAILED") && text.contains("on purpose"), "{text}");
        assert!(text.contains("later: not run"), "{text}");
    }

    #[test]
    fn steps_can_be_left_out() {
        let (passed, text) = verdicts(&select(&[], &["bad"]));
        assert!(passed);
        assert!(text.contains("bad: not run") && text.contains("later: passed"), "{text}");
    }

    #[test]
    fn steps_can_be_picked() {
        let (passed, text) = verdicts(&select(&["later"], &[]));
        assert!(passed);
        assert!(text.contains("good: not run") && text.contains("later: passed"), "{text}");
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), STEPS.len());
    }
}
