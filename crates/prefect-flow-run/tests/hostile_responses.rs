//! Whatever a server answers, a call ends, tells nothing that was not said, and its error is short. What a few
//! minutes of fuzzing find is in `fuzz/`; this is a sample of it for every run of the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;
#[path = "../../../fuzz/src/mutation.rs"]
mod mutation;
#[path = "../../../fuzz/src/sample.rs"]
mod sample;

#[test]
fn every_answer_is_borne() {
    let check = |input: &[u8]| hostile::check(input).map(drop);
    sample::check_mutations("responses", 5_000, mutation::mutated, check);
}

/// That the seeds are about what they are named after.
#[test]
fn seeds() {
    insta::with_settings!({ filters => [(r"in \d+\.\d s", "in [TIME] s")] }, {
        insta::assert_snapshot!(sample::check_seeds("responses", hostile::check));
    });
}
