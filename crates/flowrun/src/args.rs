//! The command line: what may be said, and nothing of what it does.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use prefect_client::{Backend, FlowRunId, IdempotencyKey, TenantId};

use crate::parameters::Parameter;

/// Schedule runs of Prefect flows, and wait for them.
///
/// Without options, the API and the credentials are those that Prefect's own command line has
/// stored: PREFECT__* environment variables and the files in ~/.prefect.
#[derive(Debug, Parser)]
#[command(name = "flowrun", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done (with --wait: the run succeeded), 1 the run did not succeed, \
2 usage, 3 flow or project not found or ambiguous, 4 not authorised, 5 server or network, \
6 timed out waiting, 7 outcome unknown")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Which back end the API is: server or cloud.
    #[arg(long, global = true, value_name = "BACKEND")]
    pub(crate) backend: Option<Backend>,
    /// The API's address, like http://localhost:4200.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// The API key. Others can see the command line: PREFECT__CLOUD__API_KEY is safer.
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) api_key: Option<Secret>,
    /// The tenant's id.
    #[arg(long, global = true, value_name = "UUID")]
    pub(crate) tenant_id: Option<TenantId>,
    /// Run against a fresh sandbox in this process, with a sample project, flow and agent.
    #[arg(long, global = true, conflicts_with_all = ["backend", "api", "api_key", "tenant_id"])]
    pub(crate) sandbox: bool,
    /// What is written to standard output.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Say more on standard error; twice for still more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing on standard error but the error that ends the program.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Lines for people.
    Text,
    /// One JSON object.
    Json,
    /// The flow run's id alone.
    Id,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Schedule a run of a flow's most recent version.
    Start(Start),
    /// Schedule a run for each line of a file, some at a time.
    Batch(Batch),
    /// Cancel a flow run.
    Cancel(Cancel),
    /// Serve a Prefect-compatible API for development, without any authentication.
    Sandbox(Sandbox),
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The flow's name.
    pub(crate) flow: String,
    /// The name of the flow's project. May be left out on Prefect Server.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// A parameter; may be given several times. The value is JSON, and a bare word is a string.
    #[arg(long = "param", value_name = "NAME=JSON")]
    pub(crate) parameters: Vec<Parameter>,
    /// Makes repeated calls one run. Default: a random key.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
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

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 every line was scheduled, 1 some line failed, 2 usage, or a journal of other \
input, 5 input, results or journal cannot be read or written, 7 no line failed and the outcome of some is unknown, \
130 stopped by Ctrl-C"
)]
pub(crate) struct Batch {
    /// JSON Lines: an object for each run. A dash is standard input.
    pub(crate) file: PathBuf,
    /// How many lines are worked on at the same time.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) in_flight: u16,
    /// A journal of what was done. With the same input it continues a batch that was interrupted, and
    /// schedules nothing twice. Made when it is not there.
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
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
pub(crate) struct Sandbox {
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4200")]
    pub(crate) listen: SocketAddr,
    /// The SQLite database. Default: in memory, gone when the sandbox ends.
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Run scheduled runs to Success with a built-in agent that executes nothing.
    #[arg(long)]
    pub(crate) agent: bool,
    /// Allow an address that other machines can reach.
    #[arg(long)]
    pub(crate) allow_remote: bool,
}

/// A text that is never shown.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration: jiff::SignedDuration =
        text.parse().map_err(|_| "expected a duration like 90s or 1h".to_owned())?;
    duration.try_into().map_err(|_| "a duration cannot be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn durations_are_for_people() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert!(duration("-1h").is_err() && duration("soon").is_err() && duration("90").is_err());
    }

    #[test]
    fn the_key_is_not_in_debug_output() {
        let arguments = Arguments::parse_from(["flowrun", "--api-key", "hunter2", "start", "F"]);
        assert!(!format!("{arguments:?}").contains("hunter2"));
    }
}
