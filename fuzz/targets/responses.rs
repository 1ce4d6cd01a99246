//! Gives answers to a client. The checks are those of the test `hostile_responses` of `prefect-flow-run`; see
//! `README.md`.

#![no_main]

#[path = "../../crates/prefect-flow-run/tests/hostile/mod.rs"]
mod hostile;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use prefect_fuzz::mutation::mutated;

fuzz_target!(|input: &[u8]| {
    if let Err(problem) = hostile::check(input) {
        panic!("{problem}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    prefect_fuzz::mutate(data, size, max_size, seed, |input, mutations| Some(mutated(input, mutations)))
});
