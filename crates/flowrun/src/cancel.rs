//! `flowrun cancel`: cancels a run, and waits until it has stopped if asked to.

use std::process::ExitCode;

use prefect_client::State;

use crate::args::{Cancel, Global};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::output;

pub(crate) async fn run(global: &Global, cancel: Cancel) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let outcome = cancel_and_wait(&connection, &cancel).await;
    connection.close().await;
    let state = outcome?;
    output::state(global.output, cancel.flow_run_id, &state)?;
    let code = match state {
        State::Cancelled | State::Cancelling => Code::Done,
        // It had ended, or it ended otherwise.
        _ => Code::RunFailed,
    };
    Ok(code.into())
}

async fn cancel_and_wait(connection: &Connection, cancel: &Cancel) -> Result<State, Failure> {
    let id = cancel.flow_run_id;
    let state = connection.client.cancel(id).await?;
    if !cancel.wait || state.is_finished() {
        return Ok(state);
    }
    let wait = connection.client.wait(id);
    let ended = match cancel.timeout {
        Some(limit) => wait.timeout(limit).await?,
        None => wait.await?,
    };
    Ok(ended.state)
}
