//! The facade, as its users use it.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod blocking;
mod blocking_surface;
mod client;
