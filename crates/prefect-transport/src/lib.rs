#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod answer;
mod attempt;
mod attempts;
mod body;
mod credentials;
mod endpoint;
mod error;
mod last_answer;
mod redact;
mod request;
#[cfg(feature = "reqwest")]
mod reqwest_service;
mod response;
mod retry;
mod service;
mod timer;
mod trace_context;
mod transport;

pub use body::HttpBody;
pub use credentials::{Credentials, CredentialsProvider};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Delivery, Error, Kind};
pub use last_answer::LastAnswer;
pub use request::Request;
#[cfg(feature = "reqwest")]
pub use reqwest_service::ReqwestService;
pub use response::{GraphQlError, Response};
pub use retry::RetryPolicy;
pub use service::{HttpError, HttpService};
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
pub use timer::{Elapsed, Timer, timeout};
pub use transport::{BuildError, Transport, TransportBuilder};

/// An error of any type, as services and credentials providers report theirs.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
pub use futures_util::future::BoxFuture;
