//! `flowrun cancel`: cancels a run, and waits until it has stopped if asked to.

use std::process::ExitCode;

use prefect_client::{Client, State};

use crate::args::{Cancel, Global};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::interrupt::Interrupt;
use crate::output;
use crate::waiting::Waiting;

pub(crate) async fn run(global: &Global, cancel: Cancel) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let mut interrupt = Interrupt::listen()?;
    let work = cancel_and_wait(&connection.client, global, &cancel);
    let outcome = interrupt.or(work, || Failure::interrupted_cancelling(cancel.flow_run_id)).await;
    connection.close().await;
    let state = outcome?;
    output::state(global.output, cancel.flow_run_id, &state, None)?;
    let code = match state {
        State::Cancelled | State::Cancelling => Code::Done,
        // It had ended, or it ended otherwise.
        _ => Code::RunFailed,
    };
    Ok(code.into())
}

async fn cancel_and_wait(client: &Client, global: &Global, cancel: &Cancel) -> Result<State, Failure> {
    let id = cancel.flow_run_id;
    let state = client.cancel(id).await?;
    if !cancel.wait || state.is_finished() {
        return Ok(state);
    }
    let waiting = Waiting::new(cancel.timeout, false);
    Ok(waiting.for_end_of(id, client, global).await?.state)
}
