#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod agents;
mod api;
mod artifacts;
mod bulk;
mod cancel;
mod declaration;
mod find_flow;
mod find_older;
mod find_version;
mod flow;
mod flow_run;
mod flow_run_details;
mod json_object;
mod labels;
mod lenient;
mod list_flow_runs;
mod log_line;
mod login;
mod old_server;
mod operations;
mod paging;
mod parameters;
mod poller;
mod polling;
mod projects;
mod rarely;
mod rename;
mod request;
mod run_config;
mod schedule;
mod session;
mod start_time;
mod state;
mod task;
mod task_run_result;
mod task_runs;
mod tenants;
mod ui;
mod wait;
mod watch;

pub use agents::{Agent, AgentMatch};
pub use api::{Api, Backend, ParseBackendError};
pub use artifacts::ArtifactError;
pub use bulk::schedule_many;
pub use cancel::CancelError;
pub use declaration::{DeclaredParameter, ParameterMismatch};
pub use find_flow::{FindFlow, FindFlowError, FlowCandidate, NotFound};
pub use find_version::FlowReference;
pub use flow::Flow;
pub use flow_run::FlowRun;
pub use flow_run_details::{FlowOfRun, FlowRunDetails, PastState};
pub use json_object::{JsonObject, JsonObjectError};
pub use labels::SetLabelsError;
pub use list_flow_runs::{FlowRunSummary, ListFlowRuns};
pub use log_line::{LogLevel, LogLine};
pub use login::{LoginError, TokenLogin};
pub use old_server::ServerTooOld;
pub use parameters::Parameters;
pub use polling::Polling;
pub use projects::{CreateProjectError, DeleteProjectError, Project};
pub use rename::RenameError;
pub use request::{FlowRunRequest, IdempotencyKey};
pub use run_config::{DockerRun, ECSRun, Env, KubernetesRun, LocalRun, UniversalRun, VertexRun};
pub use schedule::{ScheduleError, ScheduledFlowRun};
pub use session::Tenant;
pub use start_time::StartTime;
pub use state::State;
pub use task::{FlowRunTask, FlowRunTaskError, InvalidTask, Overrides, TaskState};
pub use task_run_result::{StoredResult, TaskRunResult, TaskRunResultError};
pub use task_runs::{TaskRun, TaskRuns};
pub use tenants::{TenantError, TenantInfo};
pub use ui::{UiError, UiLinks, cloud_ui_endpoint};
pub use wait::{Wait, WaitError};
pub use watch::{Logs, StateChange, Watch, WatchCursor, WatchError, WatchEvent};

pub use prefect_schema::{
    AgentId, FlowGroupId, FlowId, FlowRunId, Json, ProjectId, TaskId, TaskRunArtifactId, TaskRunId, TenantId,
};
pub use prefect_transport as transport;
