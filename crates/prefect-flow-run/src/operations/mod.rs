//! The GraphQL operations, one file each: its variables, its fragments, a `build` that gives the
//! [`Operation`], and a mapping to the domain's types where the wire's are not the same.
//!
//! Selection sets are a contract with old servers: each asks for what is used and no more.

pub(crate) mod agents;
pub(crate) mod cancel_flow_run;
pub(crate) mod create_flow_run;
pub(crate) mod create_project;
pub(crate) mod create_task_run_artifact;
pub(crate) mod delete_project;
pub(crate) mod delete_task_run_artifact;
pub(crate) mod describe_flows;
pub(crate) mod find_flow;
pub(crate) mod find_flow_older;
pub(crate) mod find_tenant;
pub(crate) mod find_version;
pub(crate) mod flow_run_by_key;
pub(crate) mod flow_run_details;
pub(crate) mod flow_run_history;
pub(crate) mod flow_run_logs;
pub(crate) mod flow_run_state;
pub(crate) mod list_flow_runs;
pub(crate) mod list_projects;
pub(crate) mod list_task_runs;
pub(crate) mod list_tenants;
pub(crate) mod own_tenant;
pub(crate) mod poll_flow_runs;
pub(crate) mod refresh_token;
pub(crate) mod server_schema;
pub(crate) mod set_flow_run_labels;
pub(crate) mod set_flow_run_name;
pub(crate) mod switch_tenant;
pub(crate) mod update_task_run_artifact;

mod document;
mod filters;
mod fragments;
#[cfg(test)]
mod testing;

pub(crate) use document::Operation;
pub(crate) use filters::FlowWhere;
use prefect_schema::{cynic, schema};
