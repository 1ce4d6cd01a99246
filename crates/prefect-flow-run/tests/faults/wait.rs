//! Waiting: the questions for the state, while the run ends.

use std::sync::Arc;
use std::time::Duration;

use prefect_flow_run::{FlowRunId, Polling, WaitError};
use prefect_sandbox::Sandbox;

use crate::clock::Hurried;
use crate::injection::with_a_query;
use crate::network::{Script, World, api};
use crate::scenario::{Plan, pairs, run_all, singles};
use crate::verdict::{Verdict, Verdicts, told};

const POLL: &str = "query PollStates(";

/// How runs end.
const ENDS: [&str; 4] = ["Success", "Failed", "Cancelled", "TimedOut"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_a_question_or_two() {
    let query = with_a_query();
    let plans = [singles(POLL, 4, &query), pairs((POLL, &query), (POLL, &query), 2)].concat();
    let world = World::around(Sandbox::start().await.unwrap()).await;
    let runs = world.running(plans.len()).await;
    let reports =
        run_all(plans, async |number, plan| (runs[number], wait(&world, runs[number], number, &plan).await));
    let reports = reports.await;

    let mut verdicts = Verdicts::default();
    for (plan, (run, report)) in reports {
        let verdict = report.is_err().then_some(Verdict::Wrong);
        verdicts.add(verdict, || format!("{plan:?}: run {run}: {report:?}"));
    }
    verdicts.assert_none("wait");
}

/// What a wait says while its questions fail and its run ends, and then a wait without faults.
async fn wait(world: &Arc<World>, run: FlowRunId, number: usize, plan: &Plan) -> Result<(), String> {
    let end = ENDS[number % ENDS.len()];
    let script = Script::new(&plan.injections);
    let ending = Arc::clone(world);
    // Before, between or after the questions that fail.
    script.before(POLL, 1 + number % 4, async move {
        ending.sandbox.set_flow_run_state(run.0, end, "").await.unwrap();
    });
    let quick =
        Polling::default().min_interval(Duration::from_millis(1)).max_interval(Duration::from_millis(1));
    let ask = |script| api(world, script, &Hurried::default(), plan.attempts).with_polling(quick).wait(run);
    match ask(&script).await {
        Ok(ended) if (ended.id, ended.state.name()) == (run, end) => return Ok(()),
        Ok(ended) => return Err(format!("ended as {ended:?} instead of {end}")),
        Err(WaitError::Transport(_)) => {}
        Err(error) => return Err(told(&error)),
    }
    // The fault ended the wait, perhaps before the run ended.
    world.sandbox.set_flow_run_state(run.0, end, "").await.unwrap();
    match ask(&Script::default()).await {
        Ok(ended) if ended.state.name() == end => Ok(()),
        outcome => Err(format!("asked again: {outcome:?}")),
    }
}
