//! Watching: the poll that counts, and the pages of states and of log lines, while the run goes on and ends.

use std::sync::Arc;
use std::time::Duration;

use prefect_flow_run::{FlowRunId, Polling, Watch, WatchCursor, WatchError, WatchEvent};
use prefect_sandbox::Sandbox;

use crate::clock::Hurried;
use crate::injection::{representatives, with_a_query};
use crate::network::{Script, World, api};
use crate::scenario::{Plan, pairs, run_all, singles};
use crate::verdict::{Verdict, Verdicts, told};

const POLL: &str = "query PollHistories(";
const STATES: &str = "query FlowRunHistory(";
const LINES: &str = "query LogsByArrival(";

/// What the run has logged before it is watched, on one day after the other, and what comes later, with a timestamp
/// before the others.
const EARLY: [&str; 3] = ["one", "two", "three"];
const LATE: [&str; 2] = ["four", "five"];

/// What a watch told: the states, and the lines.
#[derive(Debug, Default, PartialEq)]
struct History {
    states: Vec<String>,
    lines: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_a_poll_or_a_page() {
    let (query, few) = (with_a_query(), representatives());
    let mut plans = Vec::new();
    for at in [POLL, STATES, LINES] {
        plans.extend(singles(at, 4, &query));
        plans.extend(pairs((at, &query), (at, &query), 2));
    }
    plans.extend(pairs((STATES, &few), (LINES, &few), 1));
    let world = World::around(Sandbox::start().await.unwrap()).await;
    let runs = world.running(plans.len()).await;
    let reports = run_all(plans, async |number, plan| {
        let run = runs[number];
        let told = watch(&world, run, number, &plan).await;
        (run, told, stored(&world, run).await)
    });

    let mut verdicts = Verdicts::default();
    for (plan, (run, told, stored)) in reports.await {
        verdicts.add(compare(&told, &stored), || {
            format!("{plan:?}: run {run}: {told:?}, and there is {stored:?}")
        });
    }
    verdicts.assert_none("watch");
}

/// The states come in their order, and so do the lines that were there before; later ones come somewhere.
fn compare(told: &Result<History, String>, stored: &History) -> Option<Verdict> {
    let Ok(told) = told else { return Some(Verdict::Wrong) };
    let (states, lines) = (told.states.len(), told.lines.len());
    if states < stored.states.len() || lines < stored.lines.len() {
        return Some(Verdict::Lost);
    }
    if states > stored.states.len() || lines > stored.lines.len() {
        return Some(Verdict::Duplicate);
    }
    let early = told.lines.iter().filter(|line| EARLY.contains(&line.as_str()));
    let ordered = told.states == stored.states && early.eq(EARLY.iter());
    let all = stored.lines.iter().all(|line| told.lines.contains(line));
    (!ordered || !all).then_some(Verdict::Wrong)
}

async fn stored(world: &World, run: FlowRunId) -> History {
    let states = world.sandbox.flow_run_states(run.0).await.unwrap();
    let lines = world.sandbox.logs(run.0).await.unwrap();
    History {
        states: states.into_iter().map(|state| state.state).collect(),
        lines: lines.into_iter().filter_map(|line| line.message).collect(),
    }
}

/// What a watch tells whose requests fail, and, after an error, one that goes on from its cursor.
async fn watch(world: &Arc<World>, run: FlowRunId, number: usize, plan: &Plan) -> Result<History, String> {
    for (day, line) in (2..).zip(EARLY) {
        let timestamp = format!("2030-01-0{day}T00:00:00Z");
        world.sandbox.write_log(run.0, "INFO", line, Some(&timestamp)).await.unwrap();
    }
    let script = Script::new(&plan.injections);
    let ending = Arc::clone(world);
    // Before, between or after the polls that fail.
    script.before(POLL, 1 + number % 4, async move { end(&ending, run).await });
    let quick =
        Polling::default().min_interval(Duration::from_millis(1)).max_interval(Duration::from_millis(1));
    let watch = |script| {
        let api = api(world, script, &Hurried::default(), plan.attempts).with_polling(quick);
        api.watch(run).grace(Duration::from_millis(1))
    };
    let mut history = History::default();
    let mut failing = watch(&script);
    match follow(&mut failing, &mut history).await {
        Ok(()) => return Ok(history),
        Err(WatchError::Transport(_)) => {}
        Err(error) => return Err(told(&error)),
    }
    let cursor = serde_json::to_string(&failing.cursor()).unwrap();
    end(world, run).await;
    let cursor: WatchCursor = serde_json::from_str(&cursor).unwrap();
    let mut going_on = watch(&Script::default()).from_cursor(cursor);
    follow(&mut going_on, &mut history).await.map_err(|error| format!("going on: {}", told(&error)))?;
    Ok(history)
}

/// The run writes its last lines and ends, unless it has done so.
async fn end(world: &World, run: FlowRunId) {
    if stored(world, run).await.lines.len() == EARLY.len() {
        for line in LATE {
            world.sandbox.write_log(run.0, "INFO", line, Some("2030-01-01T00:00:00Z")).await.unwrap();
        }
        world.sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    }
}

async fn follow(watch: &mut Watch, history: &mut History) -> Result<(), WatchError> {
    while let Some(event) = watch.next().await {
        match event? {
            WatchEvent::State(change) => history.states.push(change.state.name().to_owned()),
            WatchEvent::Log(line) => history.lines.push(line.message),
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}
