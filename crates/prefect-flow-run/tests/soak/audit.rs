//! Compares the database with what the client told.

use std::collections::HashMap;

use prefect_flow_run::FlowRun;
use prefect_sandbox::StoredFlowRun;

use crate::counts::Counts;
use crate::scene::Scene;
use crate::ways::{Outcome, Told};

/// Counts what is not as it was told.
pub(crate) fn compare(
    scene: &Scene<'_>,
    told: &[Told],
    ends: &[FlowRun],
    stored: &[StoredFlowRun],
    counts: &mut Counts,
) {
    counts.runs += stored.len() as u64;
    counts.waited += ends.len() as u64;
    // No two runs have the same parameters, so these tell which run of the plan one is.
    let mut by_parameters: HashMap<&str, Vec<&StoredFlowRun>> = HashMap::new();
    for run in stored {
        by_parameters.entry(run.parameters.get()).or_default().push(run);
    }
    for (number, told) in told.chunk_by(|a, b| a.run == b.run).map(|told| (told[0].run, told)) {
        let runs = by_parameters.remove(&*scene.plan.parameters(number)).unwrap_or_default();
        run(scene, number, told, &runs, counts);
    }
    for run in by_parameters.into_values().flatten() {
        counts.wrong(format!("nobody asked for {run:?}"));
    }
    keys(stored, counts);
    states(ends, stored, counts);
}

/// One run of the plan.
fn run(scene: &Scene<'_>, number: usize, told: &[Told], stored: &[&StoredFlowRun], counts: &mut Counts) {
    for more in stored.iter().skip(1) {
        counts.duplicate(format!(
            "run {number}: told {:?}, and there is one more: {more:?}",
            scene.answers(number)
        ));
    }
    for told in told {
        match &told.outcome {
            Outcome::Unsettled => counts.wrong(format!("run {number}: the outcome stays unknown")),
            Outcome::Nothing if stored.is_empty() => {}
            Outcome::Nothing => {
                counts.wrong(format!(
                    "run {number}: told {:?}, and there is {stored:?}",
                    scene.answers(number)
                ));
            }
            Outcome::Scheduled { id, of } => {
                let Some(found) = stored.iter().find(|run| run.id == id.0) else {
                    counts.lost(format!("run {number}: told to be {id}, and there is {stored:?}"));
                    continue;
                };
                let of_it = of.as_ref().is_none_or(|(flow_id, key)| {
                    flow_id.0 == found.flow_id && Some(key.as_str()) == found.idempotency_key.as_deref()
                });
                if !of_it {
                    counts.wrong(format!("run {number}: told to be of {of:?}: {found:?}"));
                }
            }
        }
    }
}

/// No two runs of the plan have the same key, whatever versions they are of.
fn keys(stored: &[StoredFlowRun], counts: &mut Counts) {
    let mut seen = HashMap::new();
    for run in stored {
        let parameters = run.parameters.get();
        if *seen.entry(&run.idempotency_key).or_insert(parameters) != parameters {
            counts.wrong(format!("the key is another run's as well: {run:?}"));
        }
    }
}

/// What was told of the ends is what is stored.
fn states(ends: &[FlowRun], stored: &[StoredFlowRun], counts: &mut Counts) {
    let stored: HashMap<_, _> = stored.iter().map(|run| (run.id, run)).collect();
    for end in ends {
        let same = stored.get(&end.id.0).is_some_and(|run| {
            run.flow_id == end.flow_id.0
                && run.name == end.name
                && run.state.as_deref() == Some(end.state.name())
                && run.state_message == end.state_message
        });
        if !same {
            counts.wrong(format!("told of an end that is none: {end:?}, {:?}", stored.get(&end.id.0)));
        }
    }
}
