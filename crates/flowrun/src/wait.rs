//! `flowrun wait`: waits until a run is finished.

use std::process::ExitCode;

use crate::args::{Global, Wait};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::interrupt::Interrupt;
use crate::output;
use crate::waiting::Waiting;

pub(crate) async fn run(global: &Global, wait: Wait) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let mut interrupt = Interrupt::listen()?;
    let id = wait.flow_run_id;
    let waiting = Waiting::new(wait.timeout, wait.logs);
    let end = waiting.for_end_of(id, &connection.client, global);
    let ended = interrupt.or(end, || waiting.interrupted(global, id)).await;
    connection.close().await;
    let run = ended?;
    output::state(global.output, run.id, &run.state, run.state_message.as_deref())?;
    Ok(Code::of_ended(&run).into())
}
