//! The HTTP front: connections, bodies, status codes, the request log. No GraphQL rule lives here.

mod app;
mod body;
mod encoding;
mod faults;
mod log;
mod misbehave;
mod reply;
mod server;
mod url;

pub(crate) use self::app::App;
pub use self::faults::{Fault, FaultRule, Faults};
pub use self::log::RecordedRequest;
pub(crate) use self::log::Requests;
pub(crate) use self::server::Server;
