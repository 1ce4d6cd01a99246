//! Throws request bodies at a sandbox over HTTP. The checks and the mutations are those of the sandbox's own
//! test `hostile_requests`; see `README.md`.

#![no_main]

#[path = "../../crates/prefect-sandbox/tests/hostile/mod.rs"]
mod hostile;

use std::sync::Mutex;

use hostile::mutation::mutated;
use hostile::scene::Scene;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// What was written is forgotten after this many requests: what the sandbox stores is no leak.
const REQUESTS: u32 = 1_000;

/// With the number of requests so far. A static is not dropped when the process ends.
static SCENE: Mutex<Option<(Scene, u32)>> = Mutex::new(None);

// libFuzzer's panic hook ends the process, also for panics of the sandbox's threads.
fuzz_target!(|body: &[u8]| {
    let mut slot = SCENE.lock().unwrap();
    let (scene, requests) = slot.get_or_insert_with(|| (Scene::start(), 0));
    if let Err(problem) = scene.check(body) {
        panic!("{problem}");
    }
    *requests += 1;
    if *requests == REQUESTS {
        *slot = None;
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    prefect_fuzz::mutate(data, size, max_size, seed, |body, mutations| {
        let text = std::str::from_utf8(body).ok()?;
        Some(mutated(text, mutations).into_bytes())
    })
});
