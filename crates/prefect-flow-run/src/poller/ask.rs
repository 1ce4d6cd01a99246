//! Asking for many runs: which queries there are, and who gets which answer.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use prefect_schema::FlowRunId;
use prefect_transport::Error;

use super::{Answer, Progress, Sizes};
use crate::operations::poll_flow_runs;
use crate::{Api, FlowRun};

/// How many runs are asked for with one query.
const RUNS_PER_QUERY: usize = 500;
/// How many queries are under way at once.
const QUERIES_AT_ONCE: usize = 4;

/// A subscriber's number, its run, and whether it wants the history's sizes.
pub(super) type Question = (u64, FlowRunId, bool);

/// What the subscribers get, each by its run and whether it wants the history's sizes.
pub(super) struct Answers {
    pub(super) asked: Vec<u64>,
    pub(super) by_run: HashMap<(FlowRunId, bool), Answer>,
    pub(super) took: Duration,
}

/// Asks for all of them. A query that failed for a reason that may pass leaves no answers.
pub(super) async fn ask(api: Api, questions: Vec<Question>) -> Answers {
    let started = api.timer().now();
    let (mut plain, mut with_sizes) = (Vec::new(), Vec::new());
    for (_, id, sizes) in &questions {
        if *sizes { &mut with_sizes } else { &mut plain }.push(*id);
    }
    let (plain, with_sizes) = (batches(plain), batches(with_sizes));
    let batches = plain.map(|batch| (batch, false)).chain(with_sizes.map(|batch| (batch, true)));
    let asking = batches.map(|(batch, sizes)| ask_batch(&api, batch, sizes));
    let mut by_run = HashMap::new();
    let mut answers = stream::iter(asking).buffer_unordered(QUERIES_AT_ONCE);
    while let Some(batch) = answers.next().await {
        by_run.extend(batch);
    }
    let took = api.timer().now().saturating_duration_since(started);
    Answers { asked: questions.into_iter().map(|(number, ..)| number).collect(), by_run, took }
}

/// Each run once, as many together as one query asks for.
fn batches(mut ids: Vec<FlowRunId>) -> impl Iterator<Item = Vec<FlowRunId>> {
    ids.sort_unstable();
    ids.dedup();
    let batches: Vec<_> = ids.chunks(RUNS_PER_QUERY).map(<[_]>::to_vec).collect();
    batches.into_iter()
}

/// Asks for one run and the sizes of its history, at once.
pub(crate) async fn ask_now(api: &Api, id: FlowRunId) -> Answer {
    Ok(histories(api, &[id]).await?.remove(&id))
}

async fn ask_batch(api: &Api, ids: Vec<FlowRunId>, sizes: bool) -> Vec<((FlowRunId, bool), Answer)> {
    let found = if sizes { histories(api, &ids).await } else { states(api, &ids).await };
    match found {
        Ok(mut found) => ids.into_iter().map(|id| ((id, sizes), Ok(found.remove(&id)))).collect(),
        Err(error) if error.is_retryable() => {
            tracing::warn!(%error, "asking again");
            Vec::new()
        }
        Err(error) => ids.into_iter().map(|id| ((id, sizes), Err(error.clone()))).collect(),
    }
}

async fn states(api: &Api, ids: &[FlowRunId]) -> Result<HashMap<FlowRunId, Progress>, Error> {
    let answer = api.query("poll_flow_runs", &poll_flow_runs::states(ids.to_vec())).await?;
    let runs = answer.flow_run.into_iter().map(FlowRun::from);
    Ok(runs.map(|run| (run.id, Progress { run, sizes: Sizes::default() })).collect())
}

async fn histories(api: &Api, ids: &[FlowRunId]) -> Result<HashMap<FlowRunId, Progress>, Error> {
    let answer = api.query("poll_flow_runs", &poll_flow_runs::histories(ids.to_vec())).await?;
    let progress = answer.flow_run.into_iter().map(|row| {
        let sizes = Sizes { states: row.states(), logs: row.logs() };
        Progress { run: FlowRun::from(row.run), sizes }
    });
    Ok(progress.map(|progress| (progress.run.id, progress)).collect())
}
