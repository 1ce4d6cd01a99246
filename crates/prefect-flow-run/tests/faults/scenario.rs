//! Scenarios: which there are, and running many of them at once.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use crate::injection::Injection;

/// How many are under way at once.
pub(crate) const IN_FLIGHT: usize = 24;
/// Much longer than any scenario takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// What goes wrong, each at the request that contains the text; and how often a request is sent at the most.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) injections: Vec<(&'static str, Injection)>,
    pub(crate) attempts: u32,
}

/// Each of these alone.
pub(crate) fn singles(at: &'static str, attempts: u32, injections: &[Injection]) -> Vec<Plan> {
    let plan = |injection: &Injection| Plan { injections: vec![(at, injection.clone())], attempts };
    injections.iter().map(plan).collect()
}

/// Each of the first with each of the second.
pub(crate) fn pairs(
    (at, first): (&'static str, &[Injection]),
    (then_at, second): (&'static str, &[Injection]),
    attempts: u32,
) -> Vec<Plan> {
    let with = |one: &Injection| {
        let one = one.clone();
        move |two: &Injection| Plan { injections: vec![(at, one.clone()), (then_at, two.clone())], attempts }
    };
    first.iter().flat_map(|one| second.iter().map(with(one))).collect()
}

/// Runs them all, and returns each with what became of it.
pub(crate) async fn run_all<P: Debug + Clone, R>(
    plans: Vec<P>,
    run: impl AsyncFn(usize, P) -> R,
) -> Vec<(P, R)> {
    let scenarios = plans.into_iter().enumerate().map(async |(number, plan)| {
        let report = tokio::time::timeout(PATIENCE, run(number, plan.clone())).await;
        let report = report.unwrap_or_else(|_| panic!("{plan:?} does not end"));
        (plan, report)
    });
    stream::iter(scenarios).buffer_unordered(IN_FLIGHT).collect().await
}
