//! The options of `flowrun list`.

use clap::Args;
use prefect_client::State;

use super::values::state;

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Runs of flows of this project.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Runs of this flow, of all its versions.
    #[arg(long, value_name = "NAME")]
    pub(crate) flow: Option<String>,
    /// Runs in this state, like Running; said again, in one of those.
    #[arg(long = "state", value_name = "STATE", value_parser = state)]
    pub(crate) states: Vec<State>,
    /// Runs with this label; said again, with all of those.
    #[arg(long = "label", value_name = "LABEL")]
    pub(crate) labels: Vec<String>,
    /// How many at the most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
}
