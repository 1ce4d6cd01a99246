//! `flowrun rename`: gives a run another name.

use std::process::ExitCode;

use crate::args::{Global, Rename};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn run(global: &Global, rename: Rename) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let outcome = connection.client.rename(rename.flow_run_id, &rename.name).await;
    connection.close().await;
    outcome?;
    output::name(global.output, rename.flow_run_id, &rename.name)?;
    Ok(ExitCode::SUCCESS)
}
