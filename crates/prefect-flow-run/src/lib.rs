#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod api;
mod artifacts;
mod cancel;
mod declaration;
mod find_flow;
mod flow;
mod flow_run;
mod flow_run_details;
mod labels;
mod list_flow_runs;
mod login;
mod operations;
mod paging;
mod parameters;
mod projects;
mod rename;
mod schedule;
mod session;
mod state;
mod task;
mod task_run_result;
mod task_runs;
mod tenants;
mod ui;
mod wait;

pub use api::{Api, Backend, ParseBackendError};
pub use artifacts::ArtifactError;
pub use cancel::CancelError;
pub use declaration::{DeclaredParameter, ParameterMismatch};
pub use find_flow::{FindFlow, FindFlowError, FlowCandidate, NotFound};
pub use flow::Flow;
pub use flow_run::FlowRun;
pub use flow_run_details::{FlowOfRun, FlowRunDetails, PastState};
pub use labels::SetLabelsError;
pub use list_flow_runs::{FlowRunSummary, ListFlowRuns};
pub use login::{LoginError, TokenLogin};
pub use parameters::{Parameters, ParametersError};
pub use projects::{CreateProjectError, DeleteProjectError, Project};
pub use rename::RenameError;
pub use schedule::{FlowRunRequest, IdempotencyKey, ScheduleError, ScheduledFlowRun};
pub use session::Tenant;
pub use state::State;
pub use task::{FlowRunTask, FlowRunTaskError, InvalidTask, Overrides, TaskState};
pub use task_run_result::{StoredResult, TaskRunResult, TaskRunResultError};
pub use task_runs::{TaskRun, TaskRuns};
pub use tenants::{TenantError, TenantInfo};
pub use ui::{UiError, UiLinks, cloud_ui_endpoint};
pub use wait::{Wait, WaitError};

pub use prefect_schema::{
    AgentId, FlowGroupId, FlowId, FlowRunId, Json, ProjectId, TaskId, TaskRunArtifactId, TaskRunId, TenantId,
};
pub use prefect_transport as transport;
