//! `flowrun show`: all that there is to tell of a run.

use std::process::ExitCode;

use futures_util::TryStreamExt;
use prefect_client::{FlowRunDetails, TaskRun};

use crate::args::{Global, Show};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::notes::warn;
use crate::output::details::Details;

pub(crate) async fn run(global: &Global, show: Show) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let outcome = show_run(&connection, global, &show).await;
    connection.close().await;
    outcome
}

async fn show_run(connection: &Connection, global: &Global, show: &Show) -> Result<ExitCode, Failure> {
    let (client, id) = (&connection.client, show.flow_run_id);
    let run: FlowRunDetails = client.flow_run_details(id).await?.ok_or_else(|| Failure::no_flow_run(id))?;
    let task_runs: Vec<TaskRun> = client.task_runs(id).stream().try_collect().await?;
    let url = match client.flow_run_url(id).await {
        Ok(url) => Some(url),
        Err(error) => {
            warn(global, format_args!("there is no link: {error}"));
            None
        }
    };
    Details { run: &run, task_runs: &task_runs, url: url.as_deref() }.write(global.output)?;
    Ok(ExitCode::SUCCESS)
}
