//! What a subscriber is told, and the trace context that goes with a request.
//!
//! A program of its own, in which every request is made with a subscriber: tracing remembers of each place whether anybody
//! is interested, and may have asked a thread that has none.

#![allow(clippy::unwrap_used)]

mod logs;
mod server;
mod trace_context;
