//! `flowrun`: schedules runs of Prefect flows from the command line.
//!
//! Here is the way from the arguments to the exit code. A command has a file of its own; what it
//! prints goes through `output`, and what goes wrong becomes a `Failure`.

mod args;
mod batch;
mod cancel;
mod connect;
mod failure;
mod follow;
mod output;
mod parameters;
mod sandbox;
mod start;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr(&arguments.global);
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
        Command::Start(start) => start::run(&global, start).await,
        Command::Batch(batch) => batch::run(&global, &batch).await,
        Command::Cancel(cancel) => cancel::run(&global, cancel).await,
        Command::Sandbox(sandbox) => sandbox::run(&sandbox).await,
    }
}

/// Warnings by default; `-v` for more, `-q` for nothing but the error that ends the program.
fn log_to_stderr(global: &args::Global) {
    let (level, sandbox) = match (global.quiet, global.verbose) {
        (true, _) => ("off", "off"),
        // That a sandbox is one is known to those who asked for it.
        (false, 0) => ("warn", "error"),
        (false, 1) => ("info", "info"),
        (false, 2) => ("debug", "debug"),
        (false, _) => ("trace", "trace"),
    };
    let crates =
        ["prefect_client", "prefect_flow_run", "prefect_transport"].map(|name| format!("{name}={level}"));
    let filter = format!("{},prefect_sandbox={sandbox}", crates.join(","));
    let stderr = std::io::stderr;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .init();
}
