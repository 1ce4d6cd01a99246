//! The client without async: the same methods, each of which returns when it is done.
//!
//! A [`Client`] has a runtime of its own, which everything that comes from it shares. Where the async
//! client has a builder to await, that builder has a method `block` here; where it has a stream, here
//! is an iterator. What is the same in both, such as [`FlowRunRequest`](crate::FlowRunRequest), is not
//! here again.
//!
//! ```no_run
//! use prefect_client::{FlowRunRequest, blocking};
//! use serde_json::json;
//!
//! let client = blocking::Client::builder().api("http://localhost:4200").build()?;
//! let flow = client.find_flow("My Cloud Flow").in_project("My Cloud Project").block()?;
//! let run = flow.schedule(FlowRunRequest::new().parameters(json!({ "name": "Ada" }))?)?;
//! let ended = run.wait().block()?;
//! println!("{}: {}", ended.name, ended.state);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors
//! Each method's are those of the async method, as [`Error::Call`]; and inside of an async runtime,
//! which a blocking call would stall, [`InsideRuntime`]. An iterator ends after that.

// Each method asks and waits; what it asks, and in which order, is decided in `prefect-flow-run`.
#![expect(clippy::missing_errors_doc, reason = "the module says it once for all methods")]

mod artifacts;
mod builder;
mod client;
mod error;
mod find_flow;
mod flow;
mod flow_runs;
mod iter;
mod lists;
mod places;
mod runtime;
mod scheduled;
mod task;
mod wait;
mod watch;

pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{Error, InsideRuntime};
pub use find_flow::FindFlow;
pub use flow::Flow;
pub use lists::{ListFlowRuns, TaskRuns};
pub use scheduled::ScheduledFlowRun;
pub use wait::Wait;
pub use watch::Watch;
