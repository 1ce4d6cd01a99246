//! Exactly once, against a reference server in memory: whatever happens to the requests, and wherever
//! a call is dropped. No sockets and no sandbox, so that thousands of stories take seconds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod await_points;
mod calls;
mod event;
mod interleavings;
mod network;
mod server;
mod versions;
