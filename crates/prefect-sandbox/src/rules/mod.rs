//! What the real server does to its tables: the rules that mutations, fixtures and the agent share.
//!
//! Functions on a connection; the caller owns the transaction. No GraphQL here.

pub(crate) mod flow_runs;
pub(crate) mod flows;
pub(crate) mod logs;
pub(crate) mod names;
pub(crate) mod registration;
pub(crate) mod resolution;
pub(crate) mod states;
pub(crate) mod tenants;

/// A new id in the form in which it is stored.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().hyphenated().to_string()
}
