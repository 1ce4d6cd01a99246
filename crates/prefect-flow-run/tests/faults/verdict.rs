//! What is found when the database is compared with what the client said.

use std::error::Error;

/// How many findings are told.
const TOLD: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// There is more than there should be.
    Duplicate,
    /// There is less than was said.
    Lost,
    /// It is not as it was said.
    Wrong,
}

#[derive(Default)]
pub(crate) struct Verdicts {
    scenarios: usize,
    found: Vec<(Verdict, String)>,
}

impl Verdicts {
    /// Counts a scenario, and what was found; `story` tells which one it was.
    pub(crate) fn add(&mut self, found: Option<Verdict>, story: impl FnOnce() -> String) {
        self.scenarios += 1;
        if let Some(verdict) = found {
            self.find(verdict, story());
        }
    }

    pub(crate) fn find(&mut self, verdict: Verdict, story: String) {
        self.found.push((verdict, story));
    }

    /// Prints the counts; all of them must be 0.
    pub(crate) fn assert_none(&self, of: &str) {
        let count = |verdict| self.found.iter().filter(|(found, _)| *found == verdict).count();
        let counts = [Verdict::Duplicate, Verdict::Lost, Verdict::Wrong].map(count);
        let [duplicates, lost, wrong] = counts;
        let scenarios = self.scenarios;
        let summary =
            format!("scenarios: {scenarios} ({of}), duplicates: {duplicates}, lost: {lost}, wrong: {wrong}");
        println!("{summary}");
        let told = self.found.iter().take(TOLD).map(|(verdict, story)| format!("{verdict:?}: {story}\n"));
        assert!(self.found.is_empty(), "{summary}\n{}", told.collect::<String>());
    }
}

/// An error with all of its sources.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
