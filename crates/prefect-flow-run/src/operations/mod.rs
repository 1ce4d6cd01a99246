//! The GraphQL operations, one file each: its variables, its fragments, a `build` that gives the
//! `cynic::Operation`, and a mapping to the domain's types where the wire's are not the same.
//!
//! Selection sets are a contract with old servers: each asks for what is used and no more.

pub(crate) mod agents;
pub(crate) mod cancel_flow_run;
pub(crate) mod create_flow_run;
pub(crate) mod describe_flows;
pub(crate) mod find_flow;
pub(crate) mod find_tenant;
pub(crate) mod find_version;
pub(crate) mod flow_run_by_key;
pub(crate) mod flow_run_history;
pub(crate) mod flow_run_logs;
pub(crate) mod flow_run_state;
pub(crate) mod poll_flow_runs;
pub(crate) mod refresh_token;
pub(crate) mod switch_tenant;

mod filters;
#[cfg(test)]
mod testing;

use prefect_schema::{cynic, schema};
