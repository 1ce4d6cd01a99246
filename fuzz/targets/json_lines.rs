//! Gives lines and journals to `flowrun batch`. The checks are those of its own test in `batch/hostile.rs`; see
//! `README.md`.

#![no_main]

use std::sync::LazyLock;

use flowrun::hostile;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use prefect_fuzz::mutation::mutated;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|input: &[u8]| {
    if let Err(problem) = hostile::check(FOLDER.path(), input) {
        panic!("{problem}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    prefect_fuzz::mutate(data, size, max_size, seed, |input, mutations| Some(mutated(input, mutations)))
});
