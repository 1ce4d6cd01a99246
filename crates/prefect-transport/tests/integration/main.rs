//! What goes over the wire, and what is made of what comes back.

#![allow(clippy::unwrap_used)]

mod history;
mod keep_alive;
mod messages;
mod retry;
mod support;
mod wire;
