//! The command line: what may be said, and nothing of what it does.
//!
//! Here are the global options and the list of commands; what each command takes has a file of its own.

mod batch;
mod list;
mod run;
mod sandbox;
mod start;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use prefect_client::{Backend, TenantId};

pub(crate) use batch::Batch;
pub(crate) use list::List;
pub(crate) use run::{Cancel, Logs, Rename, Show, Wait};
pub(crate) use sandbox::Sandbox;
pub(crate) use start::Start;
pub(crate) use values::{Secret, start_time};

/// Schedule runs of Prefect flows, and wait for them.
///
/// Without options, the API and the credentials are those that Prefect's own command line has
/// stored: PREFECT__* environment variables and the files in ~/.prefect.
#[derive(Debug, Parser)]
#[command(name = "flowrun", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done (after a wait: the run succeeded), 1 the run did not succeed, \
2 usage, 3 flow, project or run not found, or flow ambiguous, 4 not authorised, 5 server or network, \
6 timed out waiting, 7 outcome unknown, 130 interrupted, 141 nobody reads the output")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Which back end the API is: server or cloud.
    #[arg(long, global = true, value_name = "BACKEND")]
    pub(crate) backend: Option<Backend>,
    /// The API's address, like http://localhost:4200.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// The API key. Others can see the command line: --api-key-file and PREFECT__CLOUD__API_KEY are
    /// safer.
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) api_key: Option<Secret>,
    /// A file with the API key.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "api_key")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// The tenant's id.
    #[arg(long, global = true, value_name = "UUID")]
    pub(crate) tenant_id: Option<TenantId>,
    /// Run against a fresh sandbox in this process, with a sample flow and an agent that simulates runs.
    #[arg(long, global = true)]
    #[arg(conflicts_with_all = ["backend", "api", "api_key", "api_key_file", "tenant_id"])]
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
    /// One JSON object; of a list and a log, one in each line.
    Json,
    /// The id alone, of the flow run or the log line.
    Id,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Schedule a run of a flow's most recent version.
    Start(Box<Start>),
    /// Schedule a run for each line of a file, some at a time.
    Batch(Batch),
    /// Show all that there is to tell of a flow run.
    Show(Show),
    /// Wait until a flow run is finished.
    Wait(Wait),
    /// Show a flow run's log.
    Logs(Logs),
    /// Cancel a flow run.
    Cancel(Cancel),
    /// Give a flow run another name.
    Rename(Rename),
    /// List flow runs, the newest first.
    List(List),
    /// Serve a Prefect-compatible API for development, without any authentication.
    Sandbox(Sandbox),
    /// Write a script that completes flowrun's arguments in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual pages into a folder, for those who package flowrun.
    #[command(hide = true)]
    Man {
        /// The folder; it is created if need be.
        folder: PathBuf,
    },
}

impl Arguments {
    /// Those of the process. Ends it when they make no sense, or ask for help.
    pub(crate) fn of_process() -> Self {
        Self::of(std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    fn of(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(arguments)?;
        check_global_conflicts(&mut command, &matches)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// Refuses global options that exclude each other. clap does so only if both stand on the same side of the
/// command's name.
fn check_global_conflicts(command: &mut clap::Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let given = |arg: &&Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let conflict = command.get_arguments().filter(|arg| arg.is_global_set()).filter(given).find_map(|arg| {
        let other = command.get_arg_conflicts_with(arg).into_iter().find(given)?;
        Some(format!("the argument '{arg}' cannot be used with '{other}'"))
    });
    conflict.map_or(Ok(()), |message| Err(command.error(ErrorKind::ArgumentConflict, message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::of(line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_options_that_exclude_each_other_do_so_on_either_side_of_the_command() {
        for (one, other) in [
            ("--api X", "--sandbox"),
            ("--backend server", "--sandbox"),
            ("--api-key K", "--sandbox"),
            ("--api-key-file F", "--sandbox"),
            ("--tenant-id 00000000-0000-0000-0000-000000000000", "--sandbox"),
            ("--api-key K", "--api-key-file F"),
            ("-q", "-v"),
        ] {
            for line in [
                format!("flowrun {one} list {other}"),
                format!("flowrun {other} list {one}"),
                format!("flowrun {one} {other} list"),
                format!("flowrun list {other} {one}"),
            ] {
                let error = of(&line).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{line}");
                assert_eq!(error.exit_code(), 2);
            }
        }
        for line in
            ["flowrun -q list", "flowrun -v list -v", "flowrun --api X list --api-key K", "flowrun list -q"]
        {
            assert!(of(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn the_key_is_not_in_debug_output() {
        let arguments = Arguments::parse_from(["flowrun", "--api-key", "hunter2", "start", "F"]);
        assert!(!format!("{arguments:?}").contains("hunter2"));
    }
}
