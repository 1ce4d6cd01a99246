//! The sandbox's own rules, asked for over HTTP.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod administration;
mod agent;
mod aggregates;
mod clock;
mod cloud;
mod common;
mod exact_json;
mod fault_bytes;
mod faults;
mod front;
mod history;
mod introspection;
mod lifecycle;
mod limits;
mod mutations;
mod other_schema;
mod queries;
mod readers;
mod registration;
mod running;
mod scheduling;
mod walks;
