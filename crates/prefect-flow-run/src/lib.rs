#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod api;
mod cancel;
mod declaration;
mod find_flow;
mod flow;
mod flow_run;
mod log_line;
mod login;
mod operations;
mod parameters;
mod poller;
mod schedule;
mod session;
mod state;
mod task;
mod wait;
mod watch;

pub use api::{Api, Backend, ParseBackendError};
pub use cancel::CancelError;
pub use declaration::{DeclaredParameter, ParameterMismatch};
pub use find_flow::{FindFlow, FindFlowError, FlowCandidate, NotFound};
pub use flow::Flow;
pub use flow_run::FlowRun;
pub use log_line::{LogLevel, LogLine};
pub use login::{LoginError, TokenLogin};
pub use parameters::{Parameters, ParametersError};
pub use poller::Polling;
pub use schedule::{FlowRunRequest, IdempotencyKey, ScheduleError, ScheduledFlowRun};
pub use session::Tenant;
pub use state::State;
pub use task::{FlowRunTask, FlowRunTaskError, InvalidTask, Overrides, TaskState};
pub use wait::{Wait, WaitError};
pub use watch::{Logs, StateChange, Watch, WatchCursor, WatchError, WatchEvent};

pub use prefect_schema::{FlowGroupId, FlowId, FlowRunId, Json, ProjectId, TaskRunId, TenantId};
pub use prefect_transport as transport;
