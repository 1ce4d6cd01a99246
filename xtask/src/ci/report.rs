//! What became of the steps, and how long they took.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

/// What became of a step.
pub(crate) enum Outcome {
    /// It was not selected, or an earlier one failed.
    NotRun,
    /// All is well.
    Passed(Duration),
    /// It failed, with this message.
    Failed(Duration, String),
}

impl Outcome {
    /// Runs a step and takes the time.
    pub(crate) fn of(step: impl FnOnce() -> Result<()>) -> Self {
        let start = Instant::now();
        match step() {
            Ok(()) => Self::Passed(start.elapsed()),
            Err(error) => Self::Failed(start.elapsed(), format!("{error:#}")),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun => f.write_str("not run"),
            Self::Passed(time) => write!(f, "passed in {:.1} s", time.as_secs_f64()),
            Self::Failed(time, message) => write!(f, "FAILED after {:.1} s: {message}", time.as_secs_f64()),
        }
    }
}

/// The outcome of every step, in order.
#[derive(Default)]
pub(crate) struct Report(Vec<(&'static str, Outcome)>);

impl Report {
    /// Notes the outcome of a step.
    pub(crate) fn push(&mut self, name: &'static str, outcome: Outcome) {
        self.0.push((name, outcome));
    }

    /// Whether no step has failed.
    pub(crate) fn passed(&self) -> bool {
        !self.0.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed(..)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("━━ summary")?;
        for (name, outcome) in &self.0 {
            write!(f, "\n{name}: {outcome}")?;
        }
        Ok(())
    }
}
