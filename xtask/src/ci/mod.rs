//! `cargo xtask ci`: everything that must hold before a change is merged.

mod beside;
mod report;
mod steps;

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;

use report::{Outcome, Report};
use steps::{Lane, STEPS, Step};

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
    fn of<'a>(&self, steps: &'a [Step]) -> Vec<&'a Step> {
        steps.iter().filter(|step| self.contains(step)).collect()
    }

    fn contains(&self, step: &Step) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == step.name);
        !named(&self.skip) && (self.only.is_empty() || named(&self.only))
    }
}

/// Runs the selected steps in the workspace at `root`, up to the first that fails.
pub(crate) fn run(selection: &Selection, root: &Path) -> Result<()> {
    let steps = selection.of(STEPS);
    let report = run_steps(&steps, &|step| shown(step, root), &|step| beside::run(step.name, root));
    if steps.len() > 1 {
        println!("\n{report}");
    }
    if report.passed() { Ok(()) } else { bail!("not every step passed") }
}

/// Runs a step, whose output is shown as it comes.
fn shown(step: &Step, root: &Path) -> Outcome {
    println!("\n━━ {}: {}", step.name, step.purpose);
    let outcome = Outcome::of(|| (step.run)(root));
    println!("━━ {}: {outcome}", step.name);
    outcome
}

/// How a step is run.
type Runner<'a> = &'a (dyn Fn(&Step) -> Outcome + Sync);

/// Runs them by `alone`; and by `beside` where steps of two lanes run at the same time.
fn run_steps(steps: &[&Step], alone: Runner<'_>, beside: Runner<'_>) -> Report {
    let failed = AtomicBool::new(false);
    let in_order = |lane: Lane, run: Runner<'_>| {
        let of_lane = steps.iter().filter(|step| step.lane == lane);
        let outcome = |step: &Step| if failed.load(Ordering::Relaxed) { Outcome::NotRun } else { run(step) };
        let noted = of_lane.map(|step| {
            let outcome = outcome(step);
            failed.fetch_or(outcome.failed(), Ordering::Relaxed);
            (step.name, outcome)
        });
        noted.collect::<Vec<_>>()
    };

    let mut outcomes = in_order(Lane::Alone, alone);
    let both = [Lane::Debug, Lane::Release].iter().all(|lane| steps.iter().any(|step| step.lane == *lane));
    let run = if both { beside } else { alone };
    thread::scope(|threads| {
        let debug = threads.spawn(|| in_order(Lane::Debug, run));
        outcomes.extend(in_order(Lane::Release, run));
        outcomes.extend(debug.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    Report::new(outcomes)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    use anyhow::{Result, bail, ensure};

    use super::{Lane, Outcome, STEPS, Selection, Step, run_steps};

    const SAMPLE: &[Step] = &[
        Step { name: "good", lane: Lane::Alone, purpose: "passes", run: |_| Ok(()) },
        Step { name: "bad", lane: Lane::Alone, purpose: "fails", run: |_| bail!("on purpose") },
        Step { name: "later", lane: Lane::Alone, purpose: "is not reached", run: |_| Ok(()) },
    ];

    fn select(only: &[&str], skip: &[&str]) -> Selection {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Selection { only: owned(only), skip: owned(skip) }
    }

    fn verdicts(selection: &Selection) -> (bool, String) {
        verdicts_of(&selection.of(SAMPLE))
    }

    fn verdicts_of(steps: &[&Step]) -> (bool, String) {
        let run = |step: &Step| Outcome::of(|| (step.run)(Path::new(".")));
        let report = run_steps(steps, &run, &run);
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
        assert!(!text.contains("bad") && text.contains("later: passed"), "{text}");
    }

    #[test]
    fn steps_can_be_picked() {
        let (passed, text) = verdicts(&select(&["later"], &[]));
        assert!(passed);
        assert!(!text.contains("good") && text.contains("later: passed"), "{text}");
    }

    #[test]
    fn steps_of_two_lanes_run_at_the_same_time() {
        fn meets_the_other(_: &Path) -> Result<()> {
            static HERE: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());
            let mut here = HERE.0.lock().unwrap();
            *here += 1;
            HERE.1.notify_all();
            let both = |here: &mut usize| *here < 2;
            let (here, _) = HERE.1.wait_timeout_while(here, Duration::from_secs(10), both).unwrap();
            ensure!(*here == 2, "the other is not there");
            Ok(())
        }
        let step = |name, lane| Step { name, lane, purpose: "", run: meets_the_other };
        let (passed, text) = verdicts_of(&[&step("one", Lane::Debug), &step("other", Lane::Release)]);
        assert!(passed, "{text}");
    }

    #[test]
    fn a_failure_stops_the_lanes_that_come_later() {
        let later = Step { name: "later", lane: Lane::Debug, purpose: "", run: |_| Ok(()) };
        let (passed, text) = verdicts_of(&[&later, &SAMPLE[1]]);
        assert!(!passed);
        assert!(text.contains("later: not run"), "{text}");
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), STEPS.len());
    }
}
