//! Prefect Cloud's share: who asks, which tenant they see, the fields that only Cloud has.
//!
//! Cloud answers an unknown or expired credential per field, with status 200 and the code `UNAUTHENTICATED`.

mod access;
mod confine;
mod fields;
mod mode;
mod state;

pub(crate) use self::access::Access;
pub(crate) use self::confine::confined;
pub(crate) use self::fields::{mutation, query};
pub use self::mode::CloudMode;
pub(crate) use self::state::Cloud;

/// The code that clients take for a failed log-in.
pub(crate) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
