//! `cargo xtask soak`: schedules runs at random through faults at random, and compares the database with what
//! the client told. It is the test `soak` of prefect-flow-run, optimised and with more runs.

use std::path::Path;

use anyhow::Result;
use clap::Args;

use crate::cargo::Cargo;

/// How much, and from which seed.
#[derive(Args)]
pub(crate) struct Options {
    /// How many runs
    #[arg(long, default_value_t = 10_000)]
    runs: u64,
    /// The share of the requests that meet a fault, from 0 to 1
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    fault_rate: f64,
    /// What the plan is drawn from; the faults are as well, but for which request each meets
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn share(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&rate) { Ok(rate) } else { Err("not from 0 to 1".to_owned()) }
}

/// Soaks; a duplicate, a lost run or a wrong report is an error.
pub(crate) fn run(options: &Options, root: &Path) -> Result<()> {
    let test = ["test", "--release", "--package", "prefect-flow-run", "--test", "soak", "--", "--nocapture"];
    Cargo::new(root, test)
        .env("SOAK_RUNS", &options.runs.to_string())
        .env("SOAK_FAULT_RATE", &options.fault_rate.to_string())
        .env("SOAK_SEED", &options.seed.to_string())
        .run()
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_from_0_to_1() {
        assert_eq!((share("0"), share("0.3"), share("1")), (Ok(0.0), Ok(0.3), Ok(1.0)));
        for text in ["", "-0.1", "1.1", "NaN", "30%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
