//! Gives files and environment variables to the configuration. The checks are those of the test
//! `hostile_configuration` of `prefect-client`; see `README.md`.

#![no_main]

#[path = "../../crates/prefect-client/tests/hostile/mod.rs"]
mod hostile;

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use prefect_fuzz::mutation::mutated;
use tempfile::TempDir;

static HOME: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|input: &[u8]| {
    if let Err(problem) = hostile::check(HOME.path(), input) {
        panic!("{problem}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    prefect_fuzz::mutate(data, size, max_size, seed, |input, mutations| Some(mutated(input, mutations)))
});
