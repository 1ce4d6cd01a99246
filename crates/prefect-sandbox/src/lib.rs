#![doc = include_str!("../README.md")]

mod agent;

mod catalog;
mod clock;
mod cloud;
mod error;
mod execute;
mod http;
mod interval;
mod lookup;
mod mutation;
mod pattern;
mod query;
mod request;
mod rules;
mod sample;
mod sandbox;
mod sender;
mod store;
mod time;
mod value;

pub use crate::clock::SandboxClock;
pub use crate::cloud::CloudMode;
pub use crate::http::{Fault, FaultRule, Faults, RecordedRequest, RetryAfter};
pub use crate::sandbox::{
    Builder, FlowSpec, ParameterSpec, RegisteredFlow, Sandbox, SandboxError, StartError, StoredFlowRun,
    StoredLog, StoredState, StoredTaskRun,
};
pub use crate::store::OpenError;
