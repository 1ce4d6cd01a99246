//! The mutations: one file with one function each. The rules they share are in `rules`.
//!
//! To serve another one: write its file, add it to `find`.

mod archive_flow;
mod cancel_flow_run;
mod create_flow;
mod create_flow_from_compressed_string;
mod create_flow_run;
mod create_project;
mod create_task_run_artifact;
mod create_tenant;
mod delete_task_run_artifact;
mod get_or_create_task_run;
mod get_or_create_task_run_info;
mod get_runs_in_queue;
mod input;
mod register_agent;
mod register_edges;
mod register_tasks;
mod set_flow_run_name;
mod set_flow_run_states;
mod set_schedule_active;
mod set_schedule_inactive;
mod set_task_run_name;
mod set_task_run_states;
mod update_flow_run_heartbeat;
mod update_task_run_artifact;
mod update_task_run_heartbeat;
mod write_run_logs;

pub(crate) use self::input::Input;
use crate::error::FieldError;
use crate::store::Db;
use crate::value::Value;

/// Takes the `input` argument, changes the database, answers the payload.
pub(crate) type Resolver = fn(&mut Db, Input<'_>) -> Result<Value, FieldError>;

pub(crate) fn find(name: &str) -> Option<Resolver> {
    Some(match name {
        "archive_flow" => archive_flow::resolve,
        "cancel_flow_run" => cancel_flow_run::resolve,
        "create_flow" => create_flow::resolve,
        "create_flow_from_compressed_string" => create_flow_from_compressed_string::resolve,
        "create_flow_run" => create_flow_run::resolve,
        "create_project" => create_project::resolve,
        "create_task_run_artifact" => create_task_run_artifact::resolve,
        "create_tenant" => create_tenant::resolve,
        "delete_task_run_artifact" => delete_task_run_artifact::resolve,
        "get_or_create_task_run" => get_or_create_task_run::resolve,
        "get_or_create_task_run_info" => get_or_create_task_run_info::resolve,
        "get_runs_in_queue" => get_runs_in_queue::resolve,
        "register_agent" => register_agent::resolve,
        "register_edges" => register_edges::resolve,
        "register_tasks" => register_tasks::resolve,
        "set_flow_run_name" => set_flow_run_name::resolve,
        "set_flow_run_states" => set_flow_run_states::resolve,
        "set_schedule_active" => set_schedule_active::resolve,
        "set_schedule_inactive" => set_schedule_inactive::resolve,
        "set_task_run_name" => set_task_run_name::resolve,
        "set_task_run_states" => set_task_run_states::resolve,
        "update_flow_run_heartbeat" => update_flow_run_heartbeat::resolve,
        "update_task_run_artifact" => update_task_run_artifact::resolve,
        "update_task_run_heartbeat" => update_task_run_heartbeat::resolve,
        "write_run_logs" => write_run_logs::resolve,
        _ => return None,
    })
}

/// The payload of mutations that say whether they found what to change.
fn success(found: bool) -> Value {
    Value::object([("success", Value::Bool(found))])
}

/// The payload of mutations that answer an id.
fn id(id: String) -> Value {
    Value::object([("id", Value::String(id))])
}

/// The answer for one of several states.
fn state_set(run: String) -> Value {
    Value::object([
        ("id", Value::String(run)),
        ("status", Value::string("SUCCESS")),
        ("message", Value::Null),
    ])
}
