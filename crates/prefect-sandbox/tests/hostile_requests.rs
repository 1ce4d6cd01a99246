//! Whatever is sent, the front answers as the real gateway could, and goes on. What a few minutes of fuzzing
//! find is in `fuzz/`; this is a sample of it for every run of the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;
#[path = "../../../fuzz/src/sample.rs"]
mod sample;

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use hostile::mutation::mutated;
use hostile::scene::Scene;

/// Panics of the sandbox's threads; the callers see other errors.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn panics() -> std::sync::MutexGuard<'static, Vec<String>> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn every_request_is_answered() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        panics().push(panic.to_string());
        before(panic);
    }));
    let scene = RefCell::new(Scene::start());
    sample::check_seeds("front", |body| scene.borrow_mut().check(body).map(|()| String::new()));
    assert!(panics().is_empty());

    // Some seeds archive or delete what the others are about.
    let scene = RefCell::new(Scene::start());
    let mutated = |seed: &[u8], mutations: &[_]| {
        let seed = str::from_utf8(seed).unwrap();
        mutated(seed, mutations).into_bytes()
    };
    sample::check_mutations("front", 2_000, mutated, |body| {
        let checked = scene.borrow_mut().check(body);
        let panics = std::mem::take(&mut *panics());
        if panics.is_empty() { checked } else { Err(format!("{panics:?}")) }
    });
}
