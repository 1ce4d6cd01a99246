//! A sample of the runs is waited for, while they end one after the other.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use prefect_flow_run::{FlowRun, FlowRunId, WaitError};

use crate::scene::Scene;
use crate::ways::{Outcome, Told};

/// One run in so many.
const SAMPLED: usize = 10;
/// A wait that fails is begun again so often at the most.
const AGAIN: usize = 1_000;

/// The ends that were told.
pub(crate) async fn wait(scene: &Scene<'_>, told: &[Told]) -> Vec<FlowRun> {
    let ids: Vec<_> = told.iter().step_by(SAMPLED).filter_map(scheduled).collect();
    let waits: FuturesUnordered<_> = ids.iter().map(|id| end(scene, *id)).collect();
    let (ends, ()) = tokio::join!(waits.collect::<Vec<_>>(), walk(scene, &ids));
    ends.into_iter().flatten().collect()
}

fn scheduled(told: &Told) -> Option<FlowRunId> {
    match told.outcome {
        Outcome::Scheduled { id, .. } => Some(id),
        Outcome::Nothing | Outcome::Unsettled => None,
    }
}

/// Ends the runs that have not been cancelled with their version.
async fn walk(scene: &Scene<'_>, ids: &[FlowRunId]) {
    let stored = scene.sandbox.flow_runs().await.unwrap();
    let scheduled = stored.iter().filter(|run| run.state.as_deref() == Some("Scheduled"));
    let waiting: HashSet<_> = scheduled.map(|run| run.id).collect();
    for (number, id) in ids.iter().filter(|id| waiting.contains(&id.0)).enumerate() {
        let end = ["Success", "Failed", "Cancelled"][number % 3];
        scene.sandbox.walk_flow_run(id.0, &["Running", end]).await.unwrap();
    }
}

async fn end(scene: &Scene<'_>, id: FlowRunId) -> Option<FlowRun> {
    for _ in 0..AGAIN {
        match scene.api.wait(id).await {
            Ok(run) => return Some(run),
            Err(WaitError::Transport(error)) => {
                scene.count(|counts| counts.answer(&format!("wait ended: {:?}", error.kind())));
            }
            Err(error) => {
                scene.count(|counts| counts.wrong(format!("told of a run that is there: {error}")));
                return None;
            }
        }
    }
    scene.count(|counts| counts.wrong(format!("no wait for the run {id} ends")));
    None
}
