//! The options of `flowrun start`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};
use prefect_client::{FlowGroupId, FlowId, FlowReference, IdempotencyKey, StartTime};

use super::values::{duration, start_time};
use crate::named_json::NamedJson;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true)
    .args(["flow", "flow_id", "flow_group_id", "version_group"]))]
pub(crate) struct Start {
    /// The flow's name.
    pub(crate) flow: Option<String>,
    /// The name of the flow's project. May be left out on Prefect Server.
    #[arg(short, long, value_name = "NAME")]
    #[arg(conflicts_with_all = ["flow_id", "flow_group_id", "version_group"])]
    pub(crate) project: Option<String>,
    /// The id of one version of a flow, in place of the flow's name.
    #[arg(long, value_name = "UUID")]
    pub(crate) flow_id: Option<FlowId>,
    /// The id of a flow group, for its most recent version.
    #[arg(long, value_name = "UUID")]
    pub(crate) flow_group_id: Option<FlowGroupId>,
    /// The id of a version group, any text, for its most recent version.
    #[arg(long, value_name = "ID")]
    pub(crate) version_group: Option<String>,
    /// A parameter; may be given several times. The value is JSON, and a bare word is a string.
    #[arg(long = "param", value_name = "NAME=JSON")]
    pub(crate) parameters: Vec<NamedJson>,
    /// A file with parameters, a JSON object; - is standard input. A --param of a name in it wins.
    #[arg(long, value_name = "FILE")]
    pub(crate) params_file: Option<PathBuf>,
    /// A value for prefect.context in the run, like --param; may be given several times.
    #[arg(long, value_name = "NAME=JSON")]
    pub(crate) context: Vec<NamedJson>,
    /// A label, in place of the flow's labels; may be given several times.
    #[arg(long = "label", value_name = "LABEL")]
    pub(crate) labels: Vec<String>,
    /// The run's name. Default: two words that the server picks.
    #[arg(long, value_name = "NAME")]
    pub(crate) run_name: Option<String>,
    /// A file with a run config, a JSON object, in place of the flow's.
    #[arg(long, value_name = "FILE")]
    pub(crate) run_config: Option<PathBuf>,
    /// When the run is to start, like 2026-11-24T20:00:00+01:00. Default: at once.
    #[arg(long, value_name = "RFC3339", value_parser = start_time)]
    pub(crate) at: Option<StartTime>,
    /// How long from now the run is to start, like 10m.
    #[arg(long = "in", value_name = "DURATION", value_parser = duration, conflicts_with = "at")]
    pub(crate) delay: Option<Duration>,
    /// Makes repeated calls one run. Default: a random key.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    /// Look up the flow, check the parameters, and show what would be scheduled.
    #[arg(long, conflicts_with = "wait")]
    pub(crate) dry_run: bool,
    /// Wait until the run is finished.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Show the run's states and its log while waiting: with --output text on standard output,
    /// otherwise on standard error.
    #[arg(long, requires = "wait")]
    pub(crate) logs: bool,
    /// How long to wait, like 90s or 1h; the run goes on afterwards.
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "wait")]
    pub(crate) timeout: Option<Duration>,
}

impl Start {
    /// What the flow is asked for by, when not by its name.
    pub(crate) fn reference(&self) -> Option<FlowReference> {
        let version = self.flow_id.map(FlowReference::Version);
        let group = self.flow_group_id.map(FlowReference::Group);
        version.or(group).or_else(|| self.version_group.clone().map(FlowReference::VersionGroup))
    }
}
