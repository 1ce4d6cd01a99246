#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod api;
mod find_flow;
mod flow;
mod flow_run;
mod login;
mod operations;
mod parameters;
mod schedule;
mod state;
mod task;
mod wait;

pub use api::{Api, Backend, ParseBackendError};
pub use find_flow::{FindFlow, FindFlowError, FlowCandidate, NotFound};
pub use flow::{DeclaredParameter, Flow};
pub use flow_run::FlowRun;
pub use login::{LoginError, Tenant, TokenLogin};
pub use parameters::{ParameterMismatch, Parameters, ParametersError};
pub use schedule::{FlowRunRequest, IdempotencyKey, ScheduleError, ScheduledFlowRun};
pub use state::State;
pub use task::{FlowRunTask, FlowRunTaskError, InvalidTask, Overrides, TaskState};
pub use wait::{Wait, WaitError};

pub use prefect_schema::{FlowGroupId, FlowId, FlowRunId, Json, ProjectId, TenantId};
pub use prefect_transport as transport;
