//! The fields that only Prefect Cloud has, or that it answers in its own way.

use rusqlite::{Connection, OptionalExtension};

use super::access::{Caller, Credentials, forbidden};
use super::state::{Grant, Pair};
use crate::error::FieldError;
use crate::mutation::Input;
use crate::rules::reference;
use crate::time;
use crate::value::Value;

/// The answer of a query field; `None` when the field is not one of Cloud's, or not served.
pub(crate) fn query(name: &str, caller: &Caller, conn: &Connection) -> Option<Result<Value, FieldError>> {
    match name {
        "api" => Some(Ok(reference::api("CLOUD"))),
        "auth_info" => Some(Ok(auth_info(caller))),
        "user" => Some(user(caller, conn)),
        _ => None,
    }
}

/// The payload of a mutation; `None` when it is not one of Cloud's, or not served.
pub(crate) fn mutation(name: &str, caller: &Caller, input: Input<'_>) -> Option<Result<Value, FieldError>> {
    match name {
        "switch_tenant" => Some(switch_tenant(caller, input)),
        "refresh_token" => Some(refresh_token(caller, input)),
        _ => None,
    }
}

fn auth_info(caller: &Caller) -> Value {
    Value::object([
        ("tenant_id", Value::string(caller.tenant())),
        ("user_id", Value::string(caller.user.id.as_str())),
        ("api_token_scope", Value::string("USER")),
    ])
}

/// Only the one who asks.
fn user(caller: &Caller, conn: &Connection) -> Result<Value, FieldError> {
    let tenant = conn
        .prepare_cached("SELECT name, slug, created, updated FROM tenant WHERE id = ?1")?
        .query_row([caller.tenant()], |row| {
            Ok(Value::object([
                ("id", Value::string(caller.tenant())),
                ("name", Value::String(row.get(0)?)),
                ("slug", Value::String(row.get(1)?)),
                ("created", Value::String(row.get(2)?)),
                ("updated", Value::String(row.get(3)?)),
            ]))
        })
        .optional()?;
    let membership = Value::object([
        ("tenant_id", Value::string(caller.tenant())),
        ("tenant", tenant.unwrap_or(Value::Null)),
    ]);
    Ok(Value::List(vec![Value::object([("default_membership", membership)])]))
}

/// An access token for one of the tenants of an API key.
fn switch_tenant(caller: &Caller, input: Input<'_>) -> Result<Value, FieldError> {
    let tenant = input.required_uuid("tenant_id")?;
    if caller.credentials != Credentials::ApiKey || !caller.tenants().contains(&tenant) {
        return Err(forbidden());
    }
    let grant = Grant { user: caller.user.clone(), tenant };
    Ok(payload(&caller.cloud.issue(grant)))
}

/// Another access token for the same tenant. The one that is given may have expired.
fn refresh_token(caller: &Caller, input: Input<'_>) -> Result<Value, FieldError> {
    input.required("access_token")?;
    let grant = Grant { user: caller.user.clone(), tenant: caller.tenant.clone() };
    Ok(payload(&caller.cloud.issue(grant)))
}

fn payload(pair: &Pair) -> Value {
    Value::object([
        ("access_token", Value::string(pair.access.as_str())),
        ("refresh_token", Value::string(pair.refresh.as_str())),
        ("expires_at", Value::String(time::render(pair.expires_at))),
    ])
}
