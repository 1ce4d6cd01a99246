//! Whatever is in files and variables, discovery comes to an end and shows no secret. What a few minutes of
//! fuzzing find is in `fuzz/`; this is a sample of it for every run of the tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;
#[path = "../../../fuzz/src/mutation.rs"]
mod mutation;
#[path = "../../../fuzz/src/sample.rs"]
mod sample;

#[test]
fn every_configuration_is_used_or_refused() {
    let home = tempfile::tempdir().unwrap();
    let check = |input: &[u8]| hostile::check(home.path(), input).map(drop);
    sample::check_mutations("configuration", 5_000, mutation::mutated, check);
}

/// That the seeds are about what they are named after.
#[test]
fn seeds() {
    let home = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(sample::check_seeds("configuration", |seed| hostile::check(home.path(), seed)));
}
