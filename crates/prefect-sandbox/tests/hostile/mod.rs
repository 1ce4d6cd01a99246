//! Requests that nobody sends, and what must hold of their answers. Shared with the fuzz target `front`.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

pub mod mutation;
pub mod scene;
mod verdict;
