//! `flowrun`: schedules runs of Prefect flows from the command line.
//!
//! Here is the way from the arguments to the exit code. A command has a file of its own; what it
//! prints goes through `output`, and what goes wrong becomes a `Failure`.
//!
//! It is a library so that its parts can be fuzzed; other programs use `prefect-client`.

mod args;
mod batch;
mod cancel;
mod completions;
mod connect;
mod failure;
mod follow;
mod interrupt;
mod list;
mod logs;
mod man;
mod named_json;
mod notes;
mod output;
mod plan;
mod rename;
mod sandbox;
mod show;
mod start;
mod style;
mod text_file;
mod wait;
mod waiting;

use std::process::ExitCode;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use args::{Arguments, Command};
use failure::Failure;
use style::Stream;

#[cfg(any(test, feature = "fuzzing"))]
pub use batch::hostile;

/// Does what the arguments of the process say.
pub fn main() -> ExitCode {
    let arguments = Arguments::of_process();
    log_to_stderr(&arguments.global);
    install_crypto_provider();
    // One thread is enough, and on it a connection is back in the pool before the next request.
    let outcome = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(Failure::setup(&error)),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Start(start) => start::run(&global, &start).await,
        Command::Batch(batch) => batch::run(&global, &batch).await,
        Command::Show(show) => show::run(&global, show).await,
        Command::Wait(wait) => wait::run(&global, wait).await,
        Command::Logs(logs) => logs::run(&global, logs).await,
        Command::Cancel(cancel) => cancel::run(&global, cancel).await,
        Command::Rename(rename) => rename::run(&global, rename).await,
        Command::List(list) => list::run(&global, list).await,
        Command::Sandbox(sandbox) => sandbox::run(&global, &sandbox).await,
        Command::Completions { shell } => completions::run(shell),
        Command::Man { folder } => man::run(&folder),
    }
}

/// TLS is ring's: with the provider that reqwest would bring, the program is a fifth larger.
fn install_crypto_provider() {
    // Refused only if there is one already, which does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Warnings by default; `-v` for more, `-q` for nothing but the error that ends the program.
fn log_to_stderr(global: &args::Global) {
    let (level, sandbox) = match (global.quiet, global.verbose) {
        (true, _) => (LevelFilter::OFF, LevelFilter::OFF),
        // That a sandbox is one is known to those who asked for it.
        (false, 0) => (LevelFilter::WARN, LevelFilter::ERROR),
        (false, 1) => (LevelFilter::INFO, LevelFilter::INFO),
        (false, 2) => (LevelFilter::DEBUG, LevelFilter::DEBUG),
        (false, _) => (LevelFilter::TRACE, LevelFilter::TRACE),
    };
    let crates = ["prefect_client", "prefect_flow_run", "prefect_transport"].map(|name| (name, level));
    let filter = Targets::new().with_targets(crates).with_target("prefect_sandbox", sandbox);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(Stream::Stderr.has_colours())
        // They would be told where nothing can be told: on a closed standard error.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(lines).with(filter).init();
}
