//! Throws request bodies at a sandbox over HTTP. The checks and the mutations are those of the sandbox's own
//! test `hostile_requests`; see `README.md`.

#![no_main]

#[path = "../../crates/prefect-sandbox/tests/hostile/mod.rs"]
mod hostile;

use std::sync::Mutex;

use hostile::mutation::{Mutation, mutated};
use hostile::scene::Scene;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

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

// One in four mutations is libFuzzer's own, of bytes.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random(seed);
    let text = std::str::from_utf8(&data[..size]).ok().filter(|_| !random.next().is_multiple_of(4));
    let mutations: Vec<Mutation> = (0..=random.next() % 3).map(|_| [(); 3].map(|()| random.next())).collect();
    match text.map(|text| mutated(text, &mutations)) {
        Some(text) if text.len() <= max_size => {
            data[..text.len()].copy_from_slice(text.as_bytes());
            text.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
});

/// SplitMix32, for what libFuzzer wants reproduced from a seed.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
        bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
        bits ^ (bits >> 16)
    }
}
