//! The options of the commands about one flow run.

use std::time::Duration;

use clap::Args;
use prefect_client::{FlowRunId, LogLevel};

use super::values::{duration, level};

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The flow run's id.
    pub(crate) flow_run_id: FlowRunId,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// The flow run's id.
    pub(crate) flow_run_id: FlowRunId,
    /// How long to wait, like 90s or 1h; the run goes on afterwards.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Show the run's states and its log while waiting: with --output text on standard output,
    /// otherwise on standard error.
    #[arg(long)]
    pub(crate) logs: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The flow run's id.
    pub(crate) flow_run_id: FlowRunId,
    /// Go on until the run is finished.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Lines of this level and graver ones: debug, info, warning, error or critical.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub(crate) level: Option<LogLevel>,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The flow run's id.
    pub(crate) flow_run_id: FlowRunId,
    /// Wait until a run that was running has stopped.
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long to wait, like 90s or 1h.
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "wait")]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The flow run's id.
    pub(crate) flow_run_id: FlowRunId,
    /// Its new name.
    pub(crate) name: String,
}
