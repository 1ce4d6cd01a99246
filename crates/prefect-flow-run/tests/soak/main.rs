//! The soak: runs are scheduled in every way there is, at random, while requests meet faults at random and
//! newer versions of the flows are registered; then the database is compared with what the client told.
//!
//! `cargo test` does a small one; `cargo xtask soak` says how many runs, how many faults and which seed, by the
//! environment. The seed makes the plan: the ways, the flows, the parameters, the keys, when a version is
//! registered and a call dropped. The faults are drawn from it as well, one request after the other; which
//! request is next is up to the scheduler of this machine, so two soaks of one seed have the same plan and
//! not the same faults.
//!
//! Here are the options and the rounds. `plan` says what is done, `ways` does it, `faults` gets in the way,
//! `waits` waits for a sample of the runs, `audit` looks into the database, `counts` is what is printed.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod audit;
mod counts;
mod faults;
mod plan;
mod requests;
mod scene;
mod waits;
mod ways;

use std::str::FromStr;
use std::time::Instant;

use futures_util::{StreamExt, stream};

use counts::Counts;
use plan::Plan;
use scene::Scene;

/// How many runs a sandbox gets before a new one takes its place, so that memory does not grow with the runs.
const ROUND: usize = 5_000;
/// How many steps of the plan are under way at the same time.
const AT_ONCE: usize = 24;

struct Options {
    runs: usize,
    fault_rate: f64,
    seed: u64,
}

impl Options {
    fn from_environment() -> Self {
        Self {
            runs: variable("SOAK_RUNS").unwrap_or(300),
            fault_rate: variable("SOAK_FAULT_RATE").unwrap_or(0.3),
            seed: variable("SOAK_SEED").unwrap_or(1),
        }
    }
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} cannot be read: {text:?}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_told_is_true() {
    let Options { runs, fault_rate, seed } = Options::from_environment();
    let (started, requests) = (Instant::now(), requests::count());
    let mut counts = Counts::default();
    println!("soak of {runs} runs, fault rate {fault_rate}, seed {seed}");
    for (round, first) in (0..).zip((0..runs).step_by(ROUND)) {
        // Far apart, so that the rounds of a seed are not those of the next seed.
        let round_seed = seed.wrapping_mul(1 << 32).wrapping_add(round);
        self::round(&Plan::new(round_seed, ROUND.min(runs - first)), fault_rate, &mut counts).await;
    }
    (counts.requests, counts.retries) = (requests.sent(), requests.retries());
    println!("{counts}");
    println!("seconds: {:.1}", started.elapsed().as_secs_f64());
    counts.assert_clean();
}

/// Does what a plan says in a sandbox of its own, and looks at what came of it.
async fn round(plan: &Plan, fault_rate: f64, counts: &mut Counts) {
    counts.planned(plan);
    let scene = Scene::new(plan, fault_rate).await;
    let steps = stream::iter(&plan.steps).map(|step| scene.take(step)).buffer_unordered(AT_ONCE);
    let mut told: Vec<_> = steps.collect::<Vec<_>>().await.into_iter().flatten().collect();
    told.sort_by_key(|told| told.run);
    let ends = waits::wait(&scene, &told).await;
    let stored = scene.sandbox.flow_runs().await.unwrap();
    audit::compare(&scene, &told, &ends, &stored, counts);
    counts.add(scene.counts());
}
