//! Scheduling: the lookup, the request that makes the run, and the question by its key.

use std::collections::HashMap;
use std::sync::Arc;

use prefect_flow_run::transport::Timer;
use prefect_flow_run::{Api, Backend, FindFlowError, Flow, FlowId, FlowRunId, FlowRunRequest, ScheduleError};
use prefect_sandbox::{FlowSpec, ParameterSpec, RegisteredFlow, Sandbox, StoredFlowRun};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::clock::Hurried;
use crate::injection::{with_a_mutation, with_a_query};
use crate::network::{Script, TOTAL, World, transport};
use crate::scenario::{Plan, pairs, run_all, singles};

const LOOKUP: &str = "query FindFlow(";
const CREATE: &str = "mutation CreateFlowRun(";
const BY_KEY: &str = "query FlowRunByKey(";

/// Kept as they are written: no number and no order may change on the way.
const PARAMETERS: &str = r#"{"z":12345678901234567890123,"a":[1.0,1e2,"é\u2028"]}"#;

/// A plan, and before which request a newer version of the flow is registered.
#[derive(Debug, Clone)]
struct Case {
    plan: Plan,
    newer: Option<(&'static str, usize)>,
}

/// What the client says.
#[derive(Debug)]
enum Report {
    Scheduled {
        id: FlowRunId,
        version: FlowId,
    },
    NotScheduled(String),
    /// What it says is not so, whatever the database holds.
    Wrong(String),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_an_attempt_or_two() {
    let (any, query) = (with_a_mutation(), with_a_query());
    let plans =
        [singles(LOOKUP, 4, &query), singles(CREATE, 4, &any), pairs((CREATE, &any), (CREATE, &any), 2)];
    check(plans.concat().into_iter().map(|plan| Case { plan, newer: None }).collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_two_requests() {
    let (any, query) = (with_a_mutation(), with_a_query());
    let plans = [pairs((LOOKUP, &query), (CREATE, &any), 2), pairs((CREATE, &any), (BY_KEY, &query), 1)];
    check(plans.concat().into_iter().map(|plan| Case { plan, newer: None }).collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_while_a_version_is_registered() {
    let any = with_a_mutation();
    let mut cases = Vec::new();
    // Between lookup and create, between two attempts, and before it is asked what became of the attempts.
    for newer in [(CREATE, 1), (CREATE, 2), (BY_KEY, 1)] {
        let plans = [singles(CREATE, 1, &any), singles(CREATE, 2, &any)].concat();
        cases.extend(plans.into_iter().map(|plan| Case { plan, newer: Some(newer) }));
    }
    check(cases).await;
}

async fn check(cases: Vec<Case>) {
    let world = World::around(Sandbox::start().await.unwrap()).await;
    let sandbox = &world.sandbox;
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let reports = run_all(cases, async |number, case| {
        let key = format!("key-{number}.");
        let report = schedule(&world, project, number, &key, &case).await;
        (key, report)
    });
    let reports = reports.await;

    let mut runs: HashMap<String, Vec<StoredFlowRun>> = HashMap::new();
    for run in sandbox.flow_runs().await.unwrap() {
        runs.entry(run.idempotency_key.clone().unwrap()).or_default().push(run);
    }
    let count = reports.len();
    let wrong: Vec<String> = reports
        .into_iter()
        .filter_map(|(case, (key, report))| {
            let runs = runs.remove(&key).unwrap_or_default();
            let what = compare(&report, &runs)?;
            Some(format!("{what}: {case:?} gave {report:?}, and there is {runs:?}"))
        })
        .collect();
    println!("scenarios: {count}, wrong: {}, faults: {}", wrong.len(), sandbox.faults().injected());
    assert!(wrong.is_empty() && runs.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a report, seeing the runs that there are under the key.
fn compare(report: &Report, runs: &[StoredFlowRun]) -> Option<&'static str> {
    match (report, runs) {
        (Report::Wrong(_), _) => Some("wrong"),
        (_, [_, _, ..]) => Some("duplicate"),
        (Report::Scheduled { .. }, []) => Some("lost"),
        (Report::NotScheduled(_), [_]) => Some("wrong"),
        (Report::NotScheduled(_), []) => None,
        (Report::Scheduled { id, version }, [run]) => {
            let same = (id.0, version.0, PARAMETERS) == (run.id, run.flow_id, run.parameters.get());
            (!same).then_some("wrong")
        }
    }
}

async fn schedule(world: &Arc<World>, project: Uuid, number: usize, key: &str, case: &Case) -> Report {
    let name = format!("F-{number}.");
    register(world, project, &name).await;
    let script = Script::new(&case.plan.injections);
    if let Some((text, number)) = case.newer {
        let (world, name) = (Arc::clone(world), name.clone());
        script.before(text, number, async move { drop(register(&world, project, &name).await) });
    }
    let clock = Hurried::default();
    let transport = transport(world, &script, &clock, case.plan.attempts).build().unwrap();
    let api = Api::new(transport, Backend::Server);
    let parameters: &RawValue = serde_json::from_str(PARAMETERS).unwrap();
    let request = FlowRunRequest::new().idempotency_key(key).parameters(parameters).unwrap();

    let flow = match find(&api, &name).await {
        Ok(flow) => flow,
        Err(wrong) => return Report::Wrong(wrong),
    };
    let before = clock.now();
    let outcome = flow.schedule(request.clone()).await;
    let took = clock.now() - before;
    if took > TOTAL {
        return Report::Wrong(format!("took {took:?}"));
    }
    match outcome {
        Ok(run) => Report::Scheduled { id: run.id, version: run.flow_id },
        Err(ScheduleError::OutcomeUnknown { flow_id, key, .. }) => {
            script.clear();
            match api.resume(flow_id, key, request).await {
                Ok(run) => Report::Scheduled { id: run.id, version: run.flow_id },
                // Resumed by the flow's id, and there was no run of it.
                Err(error @ ScheduleError::Archived { .. }) => Report::NotScheduled(format!("{error:?}")),
                Err(error) => Report::Wrong(format!("resumed: {error:?}")),
            }
        }
        Err(error) => Report::NotScheduled(format!("{error:?}")),
    }
}

/// Looks the flow up again when it could not be asked for. The fault may be one that another request gets.
async fn find(api: &Api, name: &str) -> Result<Flow, String> {
    for _ in 0..2 {
        match api.find_flow(name).await {
            Ok(flow) => return Ok(flow),
            Err(FindFlowError::Transport(_)) => {}
            Err(error) => return Err(format!("looked up: {error:?}")),
        }
    }
    Err("not found".to_owned())
}

async fn register(world: &World, project: Uuid, name: &str) -> RegisteredFlow {
    let spec = ["z", "a"].into_iter().fold(FlowSpec::new(project, name), |spec, parameter| {
        spec.parameter(ParameterSpec::optional(parameter, serde_json::json!(null)))
    });
    world.sandbox.register_flow(spec).await.unwrap()
}
