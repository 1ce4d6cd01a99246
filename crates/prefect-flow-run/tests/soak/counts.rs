//! What is counted, and how it is printed.

use std::collections::BTreeMap;
use std::fmt;

use crate::plan::Plan;

/// So many findings are kept in words.
const FINDINGS: usize = 20;

#[derive(Default)]
pub(crate) struct Counts {
    planned: Planned,
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    pub(crate) injected: BTreeMap<String, u64>,
    /// Answers of the client.
    answers: BTreeMap<String, u64>,
    pub(crate) dropped: u64,
    pub(crate) resumed: u64,
    pub(crate) runs: u64,
    pub(crate) waited: u64,
    duplicates: u64,
    lost: u64,
    wrong: u64,
    findings: Vec<String>,
}

/// What the plans have: the same for the same seed.
#[derive(Default)]
struct Planned {
    ways: BTreeMap<String, u64>,
    versions: u64,
    resets: u64,
}

impl Counts {
    /// Takes note of what a plan has.
    pub(crate) fn planned(&mut self, plan: &Plan) {
        for step in &plan.steps {
            *self.planned.ways.entry(step.way.name().to_owned()).or_default() += step.runs.len() as u64;
            self.planned.versions += u64::from(step.registered.is_some());
            self.planned.resets += step.resets;
        }
    }

    pub(crate) fn answer(&mut self, answer: &str) {
        *self.answers.entry(answer.to_owned()).or_default() += 1;
    }

    pub(crate) fn duplicate(&mut self, what: String) {
        self.duplicates += 1;
        self.found(what);
    }

    pub(crate) fn lost(&mut self, what: String) {
        self.lost += 1;
        self.found(what);
    }

    pub(crate) fn wrong(&mut self, what: String) {
        self.wrong += 1;
        self.found(what);
    }

    fn found(&mut self, what: String) {
        if self.findings.len() < FINDINGS {
            self.findings.push(what);
        }
    }

    /// Panics unless the client told the truth.
    pub(crate) fn assert_clean(&self) {
        assert_eq!((self.duplicates, self.lost, self.wrong), (0, 0, 0), "{:#?}", self.findings);
    }

    /// Adds what a round counted.
    pub(crate) fn add(&mut self, round: Self) {
        add(&mut self.answers, round.answers);
        add(&mut self.injected, round.injected);
        self.dropped += round.dropped;
        self.resumed += round.resumed;
        self.wrong += round.wrong;
        round.findings.into_iter().for_each(|finding| self.found(finding));
    }
}

fn add(sums: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        *sums.entry(name).or_default() += count;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { planned, requests, retries, injected, dropped, resumed, runs, waited, .. } = self;
        listed(f, "runs planned", &planned.ways)?;
        writeln!(f, "versions registered: {}", planned.versions)?;
        writeln!(f, "connections reset: {}", planned.resets)?;
        writeln!(f, "requests: {requests}, of which {retries} were sent again")?;
        listed(f, "faults injected", injected)?;
        listed(f, "answers of the client", &self.answers)?;
        writeln!(f, "dropped calls: {dropped}")?;
        writeln!(f, "resumed: {resumed}")?;
        writeln!(f, "runs in the database: {runs}")?;
        writeln!(f, "ends waited for: {waited}")?;
        writeln!(f, "duplicates: {}", self.duplicates)?;
        writeln!(f, "lost: {}", self.lost)?;
        write!(f, "wrong reports: {}", self.wrong)
    }
}

/// A sum and what it is of.
fn listed(f: &mut fmt::Formatter<'_>, title: &str, counts: &BTreeMap<String, u64>) -> fmt::Result {
    writeln!(f, "{title}: {}", counts.values().sum::<u64>())?;
    counts.iter().try_for_each(|(name, count)| writeln!(f, "{count:>9}  {name}"))
}
