//! `flowrun logs`: the log that a run has, or all that it writes until its end.

use std::cell::Cell;
use std::process::ExitCode;
use std::time::Duration;

use prefect_client::{Client, WatchEvent};

use crate::args::{Global, Logs};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::log;

pub(crate) async fn run(global: &Global, logs: Logs) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let (client, id) = (&connection.client, logs.flow_run_id);
    let outcome = match logs.follow {
        true => {
            let mut interrupt = Interrupt::listen()?;
            let finished = Cell::new(false);
            let follow = follow(client, global, &logs, &finished);
            interrupt.or(follow, || Failure::interrupted(global, id, finished.get())).await
        }
        false => read(client, global, &logs).await,
    };
    connection.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn read(client: &Client, global: &Global, logs: &Logs) -> Result<(), Failure> {
    let mut lines = client.logs(logs.flow_run_id);
    while let Some(line) = lines.next().await {
        log::write(global.output, logs.level.as_ref(), &line?)?;
    }
    Ok(())
}

/// `finished` tells meanwhile whether the run is, and only its log is waited for.
async fn follow(client: &Client, global: &Global, logs: &Logs, finished: &Cell<bool>) -> Result<(), Failure> {
    let watch = client.watch(logs.flow_run_id);
    // The built-in agent writes nothing after the final state.
    let mut watch = if global.sandbox { watch.grace(Duration::ZERO) } else { watch };
    while let Some(event) = watch.next().await {
        if let WatchEvent::Log(line) = event? {
            log::write(global.output, logs.level.as_ref(), &line)?;
        }
        finished.set(watch.flow_run().is_some_and(|run| run.state.is_finished()));
    }
    Ok(())
}
