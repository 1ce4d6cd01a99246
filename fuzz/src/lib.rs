//! What the targets share: how libFuzzer's inputs are mutated.

pub mod mutation;

use libfuzzer_sys::fuzzer_mutate;
use mutation::Mutation;

/// Mutates the first `size` bytes of `data`, as libFuzzer wants it from a custom mutator; the new size.
/// One in four mutations is libFuzzer's own, of bytes, and so is every one that `mutated` does not make.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    mutated: impl FnOnce(&[u8], &[Mutation]) -> Option<Vec<u8>>,
) -> usize {
    let mut random = Random(seed);
    let own = !random.next().is_multiple_of(4);
    let mutations: Vec<Mutation> = (0..=random.next() % 3).map(|_| [(); 3].map(|()| random.next())).collect();
    match own.then(|| mutated(&data[..size], &mutations)).flatten() {
        Some(changed) if changed.len() <= max_size => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

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
