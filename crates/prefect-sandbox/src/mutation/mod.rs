//! The mutations: one file with one function each. The rules they share are in `rules`.
//!
//! To serve another one: write its file, add it to `find`.

mod archive_flow;
mod cancel_flow_run;
mod create_agent_config;
mod create_flow;
mod create_flow_from_compressed_string;
mod create_flow_run;
mod create_project;
mod create_task_run_artifact;
mod create_tenant;
mod delete_agent;
mod delete_agent_config;
mod delete_flow;
mod delete_flow_group;
mod delete_flow_group_schedule;
mod delete_flow_run;
mod delete_message;
mod delete_project;
mod delete_task_run_artifact;
mod delete_tenant;
mod disable_flow_heartbeat;
mod disable_flow_lazarus_process;
mod enable_flow_heartbeat;
mod enable_flow_lazarus_process;
mod get_or_create_task_run;
mod get_or_create_task_run_info;
mod get_runs_in_queue;
mod input;
mod mark_message_as_read;
mod mark_message_as_unread;
mod register_agent;
mod register_edges;
mod register_tasks;
mod set_flow_group_default_parameters;
mod set_flow_group_description;
mod set_flow_group_labels;
mod set_flow_group_run_config;
mod set_flow_group_schedule;
mod set_flow_run_labels;
mod set_flow_run_name;
mod set_flow_run_states;
mod set_project_description;
mod set_project_name;
mod set_schedule_active;
mod set_schedule_inactive;
mod set_task_run_name;
mod set_task_run_states;
mod update_agent_config;
mod update_flow_project;
mod update_flow_run_heartbeat;
mod update_task_run_artifact;
mod update_task_run_heartbeat;
mod update_tenant_name;
mod update_tenant_settings;
mod update_tenant_slug;
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
        "create_agent_config" => create_agent_config::resolve,
        "create_flow" => create_flow::resolve,
        "create_flow_from_compressed_string" => create_flow_from_compressed_string::resolve,
        "create_flow_run" => create_flow_run::resolve,
        "create_project" => create_project::resolve,
        "create_task_run_artifact" => create_task_run_artifact::resolve,
        "create_tenant" => create_tenant::resolve,
        "delete_agent" => delete_agent::resolve,
        "delete_agent_config" => delete_agent_config::resolve,
        "delete_flow" => delete_flow::resolve,
        "delete_flow_group" => delete_flow_group::resolve,
        "delete_flow_group_schedule" => delete_flow_group_schedule::resolve,
        "delete_flow_run" => delete_flow_run::resolve,
        "delete_message" => delete_message::resolve,
        "delete_project" => delete_project::resolve,
        "delete_task_run_artifact" => delete_task_run_artifact::resolve,
        "delete_tenant" => delete_tenant::resolve,
        "disable_flow_heartbeat" => disable_flow_heartbeat::resolve,
        "disable_flow_lazarus_process" => disable_flow_lazarus_process::resolve,
        "enable_flow_heartbeat" => enable_flow_heartbeat::resolve,
        "enable_flow_lazarus_process" => enable_flow_lazarus_process::resolve,
        "get_or_create_task_run" => get_or_create_task_run::resolve,
        "get_or_create_task_run_info" => get_or_create_task_run_info::resolve,
        "get_runs_in_queue" => get_runs_in_queue::resolve,
        "mark_message_as_read" => mark_message_as_read::resolve,
        "mark_message_as_unread" => mark_message_as_unread::resolve,
        "register_agent" => register_agent::resolve,
        "register_edges" => register_edges::resolve,
        "register_tasks" => register_tasks::resolve,
        "set_flow_group_default_parameters" => set_flow_group_default_parameters::resolve,
        "set_flow_group_description" => set_flow_group_description::resolve,
        "set_flow_group_labels" => set_flow_group_labels::resolve,
        "set_flow_group_run_config" => set_flow_group_run_config::resolve,
        "set_flow_group_schedule" => set_flow_group_schedule::resolve,
        "set_flow_run_labels" => set_flow_run_labels::resolve,
        "set_flow_run_name" => set_flow_run_name::resolve,
        "set_flow_run_states" => set_flow_run_states::resolve,
        "set_project_description" => set_project_description::resolve,
        "set_project_name" => set_project_name::resolve,
        "set_schedule_active" => set_schedule_active::resolve,
        "set_schedule_inactive" => set_schedule_inactive::resolve,
        "set_task_run_name" => set_task_run_name::resolve,
        "set_task_run_states" => set_task_run_states::resolve,
        "update_agent_config" => update_agent_config::resolve,
        "update_flow_project" => update_flow_project::resolve,
        "update_flow_run_heartbeat" => update_flow_run_heartbeat::resolve,
        "update_task_run_artifact" => update_task_run_artifact::resolve,
        "update_task_run_heartbeat" => update_task_run_heartbeat::resolve,
        "update_tenant_name" => update_tenant_name::resolve,
        "update_tenant_settings" => update_tenant_settings::resolve,
        "update_tenant_slug" => update_tenant_slug::resolve,
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
