//! What is said on standard error while a batch goes on, and at its end.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::outcome::Outcome;

/// With the number of lines known.
const BAR: &str = "{bar:30} {pos}/{len} lines, {rate}, {eta} left{msg}";
/// With it unknown.
const COUNTER: &str = "{spinner} {pos} lines, {rate}{msg}";

/// A progress bar, where standard error is a terminal, and the counts of outcomes.
pub(super) struct Progress {
    bar: ProgressBar,
    quiet: bool,
    lines: u64,
    scheduled: u64,
    failed: u64,
    unknown: u64,
}

impl Progress {
    /// For so many lines, if that is known.
    pub(super) fn begin(lines: Option<u64>, quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
        if let Some(lines) = lines {
            bar.set_length(lines);
        }
        let style = ProgressStyle::with_template(if lines.is_some() { BAR } else { COUNTER });
        if let Ok(style) = style {
            bar.set_style(style.with_key("rate", rate));
        }
        Self { bar, quiet, lines: 0, scheduled: 0, failed: 0, unknown: 0 }
    }

    /// Counts a line; an empty one has no outcome.
    pub(super) fn line(&mut self, outcome: Option<&Outcome>) {
        self.lines += 1;
        match outcome {
            None => {}
            Some(Outcome::Scheduled { .. }) => self.scheduled += 1,
            Some(Outcome::Failed { .. }) => self.failed += 1,
            Some(Outcome::Unknown { .. }) => self.unknown += 1,
        }
        if self.failed + self.unknown > 0 {
            self.bar.set_message(format!(", {} failed", self.failed + self.unknown));
        }
        self.bar.inc(1);
    }

    /// Writes to standard output, while no bar is shown if that is a terminal as well.
    pub(super) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        if io::stdout().is_terminal() { self.bar.suspend(write) } else { write() }
    }

    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            // Nobody is left to be told that standard error is closed.
            let _ = self.bar.suspend(|| writeln!(io::stderr().lock(), "{text}"));
        }
    }

    /// Ends the bar and says what was done.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
        let Self { lines, scheduled, failed, unknown, .. } = self;
        let unknown = if *unknown > 0 { format!(", {unknown} of unknown outcome") } else { String::new() };
        let noun = if *lines == 1 { "line" } else { "lines" };
        self.say(&format!("{lines} {noun}: {scheduled} scheduled, {failed} failed{unknown}"));
    }

    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed
    }

    pub(super) fn unknown(&self) -> u64 {
        self.unknown
    }
}

/// Lines per second, of late.
fn rate(state: &ProgressState, f: &mut dyn fmt::Write) {
    // A failure to draw is nobody's concern.
    let _ = write!(f, "{:.0}/s", state.per_sec());
}
