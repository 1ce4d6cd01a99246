//! `flowrun batch` on a hostile network: whatever the server and the way to it do, what it tells of each line
//! is what is stored. The program is the real one, and so is TCP.

use std::collections::HashMap;
use std::process::{Command, Stdio};

use futures_util::{StreamExt, stream};
use prefect_sandbox::{Fault, FaultRule, StoredFlowRun};
use serde_json::Value;

use crate::support::batch::{Scene, kill, register, results, session, with_project};
use crate::support::{Session, blocking};

/// So many lines are a batch.
const BATCH: usize = 1_000;
/// So many findings are shown.
const SHOWN: usize = 10;

/// Lines with keys and parameters of their own.
fn lines(count: usize) -> String {
    let line = |n| {
        let (key, parameters) = (key(n), parameters(n));
        format!(r#"{{"flow": "My Cloud Flow", "idempotency_key": "{key}", "parameters": {parameters}}}"#)
            + "\n"
    };
    (1..=count).map(line).collect()
}

/// No key is a part of another.
fn key(line: usize) -> String {
    format!("key {line:06}")
}

/// As no program would write them that reads them first.
fn parameters(line: usize) -> String {
    format!(r#"{{ "name":"Ada {line}\/\u00e9",  "greeting": {line}.10e400}}"#)
}

fn command(scene: &Scene, in_flight: &str) -> Command {
    scene.command(&["runs.jsonl", "--in-flight", in_flight, "--resume", "journal"])
}

/// Lets the program give up an attempt after a second, as some of the faults take ten.
fn hurried(mut command: Command) -> Command {
    command.env("PREFECT__CLOUD__REQUEST_TIMEOUT", "1");
    command
}

/// Runs the program to its end.
async fn to_end(mut command: Command) -> Session {
    session(&[], blocking(move || command.output().unwrap()).await)
}

/// Every fault, in place of a request, and after it was executed where that is possible.
fn every() -> Vec<FaultRule> {
    let before = Fault::every().into_iter().map(FaultRule::new);
    let after = Fault::every().into_iter().filter(|fault| !fault.is_refusal());
    before.chain(after.map(|fault| FaultRule::new(fault).after_commit())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_alone_and_in_pairs() {
    let every = every();
    let mut scripts: Vec<_> = every.iter().map(|rule| vec![rule.clone()]).collect();
    for first in &every {
        scripts.extend(every.iter().map(|second| vec![first.clone(), second.clone()]));
    }
    // Those that keep the program busy should not come together.
    fastrand::Rng::with_seed(5).shuffle(&mut scripts);
    // Two at a time: much of a batch is waiting.
    let batches = stream::iter(scripts.chunks(BATCH)).map(with_faults).buffer_unordered(2);
    let wrong = batches.collect::<Vec<_>>().await.concat();
    assert!(wrong.is_empty(), "{} lines, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(SHOWN)]);
}

/// A batch with a line for each script: its first fault is the first request's that names the line's key,
/// its second the next one's. What was not told as it is stored.
async fn with_faults(scripts: &[Vec<FaultRule>]) -> Vec<String> {
    let scene = Scene::new(&lines(scripts.len())).await;
    for (line, script) in (1..).zip(scripts) {
        script.iter().for_each(|rule| scene.sandbox.faults().add(rule.clone().containing(key(line))));
    }
    let command = || command(&scene, "1000");
    let mut wrong = wrong(&scene, &to_end(hurried(command())).await, false).await;
    scene.sandbox.faults().clear();
    wrong.extend(self::wrong(&scene, &to_end(command()).await, true).await);
    let script = |line: usize| format!("{:?}", scripts[line - 1]);
    wrong.into_iter().map(|(line, what)| format!("line {line}: {what}; {}", script(line))).collect()
}

/// The lines that are not stored as was told, or for which no run was told though there are no faults.
async fn wrong(scene: &Scene, session: &Session, all_scheduled: bool) -> Vec<(usize, String)> {
    let stored = scene.sandbox.flow_runs().await.unwrap();
    let mut by_key: HashMap<_, Vec<_>> = HashMap::new();
    for run in &stored {
        by_key.entry(run.idempotency_key.as_deref().unwrap()).or_default().push(run);
    }
    let mut wrong = Vec::new();
    for (line, told) in (1..).zip(results(session)) {
        assert_eq!(told["line"], line);
        let runs = by_key.remove(&*key(line)).unwrap_or_default();
        let is_scheduled = told["flow_run_id"].is_string();
        if !is_true(line, &told, &runs) || (all_scheduled && !is_scheduled) {
            let runs: Vec<_> = runs.iter().map(|run| (run.id, run.flow_id, run.parameters.get())).collect();
            wrong.push((line, format!("{told}, and there is {runs:?}")));
        }
    }
    assert!(by_key.is_empty(), "nobody asked for {by_key:?}");
    wrong
}

fn is_true(line: usize, told: &Value, runs: &[&StoredFlowRun]) -> bool {
    match runs {
        [] => told["error"].is_object(),
        [run] if told["flow_run_id"].is_string() => {
            told["flow_run_id"] == run.id.to_string()
                && told["flow_id"] == run.flow_id.to_string()
                && told["idempotency_key"] == key(line)
                && run.parameters.get() == parameters(line)
        }
        [_] => told["error"]["kind"] == "outcome_unknown",
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_with_faults_and_newer_versions() {
    const LINES: usize = 400;
    let (scene, project) = with_project(&lines(LINES)).await;
    register(&scene, project).await;
    let every = every();
    let probability = 0.3 / every.len() as f64;
    for seed in 1..=6 {
        scene.sandbox.faults().clear();
        scene.sandbox.faults().seed(seed);
        every.iter().for_each(|rule| scene.sandbox.faults().add(rule.clone().probability(probability)));
        scene.sandbox.faults().reset_connections(3);
        let more = scene.runs().await + LINES / 10;
        let mut command = hurried(command(&scene, "8"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while scene.runs().await < more && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        kill(child);
        register(&scene, project).await;
    }
    scene.sandbox.faults().clear();
    let session = to_end(command(&scene, "8")).await;
    assert_eq!(session.code, Some(0), "{}", session.stderr);
    assert_eq!(results(&session).len(), LINES);
    let wrong = wrong(&scene, &session, true).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}
