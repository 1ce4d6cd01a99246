//! The mutations: one file with one function each. The rules they share are in `rules`.
//!
//! To serve another one: write its file, add it to `find`.

mod archive_flow;
mod cancel_flow_run;
mod create_flow_run;
mod create_project;
mod create_tenant;
mod input;
mod set_flow_run_states;

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
        "create_flow_run" => create_flow_run::resolve,
        "create_project" => create_project::resolve,
        "create_tenant" => create_tenant::resolve,
        "set_flow_run_states" => set_flow_run_states::resolve,
        _ => return None,
    })
}
