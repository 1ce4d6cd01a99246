//! The HTTP front: connections, bodies, status codes, the request log. No GraphQL rule lives here.

mod app;
mod body;
mod encoding;
mod fault;
mod faults;
mod gzip_bomb;
mod log;
mod misbehave;
mod raw;
mod reply;
mod server;
mod url;

pub(crate) use self::app::App;
pub use self::fault::{Fault, RetryAfter};
pub use self::faults::{FaultRule, Faults};
pub use self::log::RecordedRequest;
pub(crate) use self::log::Requests;
pub(crate) use self::server::Server;
