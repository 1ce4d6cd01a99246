//! `flowrun sandbox`: serves until it is interrupted.

use std::io::{self, Write};
use std::process::ExitCode;

use prefect_sandbox::Sandbox;

use crate::args::{self, Global, Output};
use crate::failure::Failure;
use crate::notes::note;

pub(crate) async fn run(global: &Global, options: &args::Sandbox) -> Result<ExitCode, Failure> {
    let mut builder = Sandbox::builder()
        .listen(options.listen)
        .sample_flow(true)
        .agent(options.agent)
        .allow_remote(options.allow_remote);
    if let Some(file) = &options.db {
        builder = builder.database(file);
    }
    let sandbox = builder.start().await?;
    announce(global, &sandbox, options.agent)?;
    interrupted().await?;
    sandbox.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// The address alone on standard output, so that a program that starts a sandbox can read it.
fn announce(global: &Global, sandbox: &Sandbox, agent: bool) -> io::Result<()> {
    note(global, "A Prefect sandbox, for development only: there is no authentication. Ctrl-C ends it.");
    if !sandbox.address().ip().is_loopback() {
        note(global, "Other machines can reach it, and whoever does may do anything.");
    }
    if agent {
        note(global, "Its built-in agent simulates runs: no task is executed.");
    }
    let mut out = io::stdout().lock();
    match global.output {
        Output::Json => writeln!(out, "{}", serde_json::json!({ "url": sandbox.url() }))?,
        Output::Text | Output::Id => writeln!(out, "{}", sandbox.url())?,
    }
    out.flush()
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
