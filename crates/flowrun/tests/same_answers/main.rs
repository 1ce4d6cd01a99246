//! The real Python client and ours, each against a sandbox of its own with the same scene and a
//! stopped clock, get the same answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod documents;
mod drawn;
mod operations;
mod scene;
mod shape;
#[path = "../support/mod.rs"]
mod support;
mod table;
