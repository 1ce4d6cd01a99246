//! What the crate promises, one module for each part of it: against a sandbox, a mock server, or a service that fails as told.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod agents;
mod artifacts;
mod bulk;
mod cancel;
mod contract;
mod exactly_once;
mod list_flow_runs;
mod messages;
mod old_servers;
mod options;
mod polling;
mod race;
mod references;
mod runs;
mod support;
mod task_options;
mod task_runs;
mod tenants;
mod wait;
mod watch;
mod wire;
