//! Whatever is sent, the front answers as the real gateway could, and goes on. What a few minutes of fuzzing
//! find is in `fuzz/`; this is a sample of it for every run of the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hostile::mutation::mutated;
use hostile::scene::Scene;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Panics of the sandbox's threads; the callers see other errors.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn panics() -> std::sync::MutexGuard<'static, Vec<String>> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seeds() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/front");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn every_request_is_answered() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        panics().push(panic.to_string());
        before(panic);
    }));
    let mut scene = Scene::start();
    let seeds = seeds();
    for (file, body) in &seeds {
        scene.check(body.as_bytes()).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
    }
    assert!(panics().is_empty());

    // Some seeds archive or delete what the others are about.
    let scene = std::cell::RefCell::new(Scene::start());
    let config = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let cases = (any::<Index>(), prop::collection::vec(any::<[u32; 3]>(), 1..4));
    let outcome = runner.run(&cases, |(seed, mutations)| {
        let body = mutated(&seed.get(&seeds).1, &mutations);
        let checked = scene.borrow_mut().check(body.as_bytes());
        let panics = std::mem::take(&mut *panics());
        prop_assert!(panics.is_empty(), "{panics:?}\nasked: {body}");
        checked.map_err(TestCaseError::fail)
    });
    outcome.unwrap();
}
