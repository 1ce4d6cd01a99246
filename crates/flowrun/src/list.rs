//! `flowrun list`: flow runs, the newest first.

use std::process::ExitCode;

use futures_util::TryStreamExt;
use prefect_client::{FlowRunSummary, ListFlowRuns};

use crate::args::{Global, List, Output};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::notes::note;
use crate::output::list;

pub(crate) async fn run(global: &Global, options: List) -> Result<ExitCode, Failure> {
    let connection = Connection::open(global).await?;
    let outcome = write(filtered(connection.client.list_flow_runs(), options), global).await;
    connection.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

fn filtered(list: ListFlowRuns, options: List) -> ListFlowRuns {
    let mut list = list.states(options.states).limit(options.limit);
    if let Some(project) = options.project {
        list = list.project(project);
    }
    if let Some(flow) = options.flow {
        list = list.flow(flow);
    }
    options.labels.into_iter().fold(list, ListFlowRuns::label)
}

async fn write(list: ListFlowRuns, global: &Global) -> Result<(), Failure> {
    let mut runs = list.stream();
    match global.output {
        Output::Text => {
            let runs: Vec<FlowRunSummary> = runs.try_collect().await?;
            if runs.is_empty() {
                note(global, "There are no such flow runs.");
                return Ok(());
            }
            list::table(&runs)?;
        }
        Output::Json | Output::Id => {
            while let Some(run) = runs.try_next().await? {
                list::line(global.output, &run)?;
            }
        }
    }
    Ok(())
}
