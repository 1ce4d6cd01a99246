//! A sample of what fuzzing checks, for every run of the tests: the seeds of a target, and mutations of them.
//! It is a part of the tests that name it, and not of this package.

#![allow(unreachable_pub)]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The seeds that have names, and what is in them.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    files(&folder(target))
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target)
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect()
}

/// Checks each seed; the beginning of what the check tells of each.
pub fn check_seeds(target: &str, check: impl Fn(&[u8]) -> Result<String, String>) -> String {
    let told = seeds(target).into_iter().map(|(file, seed)| {
        let name = file.file_name().unwrap().display();
        check(&seed).map_or_else(|problem| panic!("{name}: {problem}"), |told| format!("{name}: {told:.400}"))
    });
    told.collect::<Vec<_>>().join("\n\n")
}

/// Checks what fuzzing found, and so many inputs that `mutated` makes of all seeds; always the same ones.
pub fn check_mutations(
    target: &str,
    cases: u32,
    mutated: impl Fn(&[u8], &[[u32; 3]]) -> Vec<u8>,
    check: impl Fn(&[u8]) -> Result<(), String>,
) {
    let found = files(&folder(target).join("by_fuzzing"));
    for (file, input) in &found {
        check(input).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
    }
    let seeds = [seeds(target), found].concat();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let inputs = (any::<Index>(), prop::collection::vec(any::<[u32; 3]>(), 1..4));
    let outcome = runner.run(&inputs, |(seed, mutations)| {
        let input = mutated(&seed.get(&seeds).1, &mutations);
        check(&input).map_err(|problem| {
            TestCaseError::fail(format!("{problem}\ninput: {}", String::from_utf8_lossy(&input)))
        })
    });
    outcome.unwrap();
}
