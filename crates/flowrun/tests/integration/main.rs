//! What users see and get: whole sessions of the program, against a sandbox.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod batch;
mod batch_faults;
mod cancel;
mod options;
mod python;
mod race;
mod runs;
mod same_answers;
mod sandbox;
mod secrets;
mod start;
mod support;
mod terminal;
mod watch_beside_python;
