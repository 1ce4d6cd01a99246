//! What became of the steps, and how long they took.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

/// What became of a step.
pub(crate) enum Outcome {
    /// Another one failed before.
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

    /// Whether the step ran and failed.
    pub(crate) fn failed(&self) -> bool {
        matches!(self, Self::Failed(..))
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
pub(crate) struct Report(Vec<(&'static str, Outcome)>);

impl Report {
    /// The report of these steps, each with its name.
    pub(crate) fn new(outcomes: Vec<(&'static str, Outcome)>) -> Self {
        Self(outcomes)
    }

    /// Whether no step has failed.
    pub(crate) fn passed(&self) -> bool {
        !self.0.iter().any(|(_, outcome)| outcome.failed())
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
