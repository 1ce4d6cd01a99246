//! Scheduling: the lookup, the request that makes the run, and the question by its key.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use prefect_flow_run::transport::Timer;
use prefect_flow_run::{Api, FindFlowError, Flow, FlowId, FlowRunId, FlowRunRequest, ScheduleError};
use prefect_sandbox::{FlowSpec, ParameterSpec, RegisteredFlow, Sandbox, StoredFlowRun};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::clock::Hurried;
use crate::injection::{representatives, with_a_mutation, with_a_query};
use crate::network::{Script, TOTAL, World, api};
use crate::scenario::{Plan, pairs, run_all, singles};
use crate::verdict::{Verdict, Verdicts, told};

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
async fn whatever_goes_wrong_with_the_lookup_or_with_two_requests() {
    let (any, query, few) = (with_a_mutation(), with_a_query(), representatives());
    let plans = [
        singles(LOOKUP, 4, &query),
        pairs((LOOKUP, &query), (LOOKUP, &few), 2),
        // What a lookup leaves behind is its connection.
        pairs((LOOKUP, &few), (CREATE, &any), 2),
        pairs((CREATE, &any), (BY_KEY, &query), 1),
    ];
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
    let mut verdicts = Verdicts::default();
    for (case, (key, report)) in reports {
        let runs = runs.remove(&key).unwrap_or_default();
        verdicts.add(compare(&report, &runs), || {
            let runs: Vec<_> = runs.iter().map(|run| (run.id, run.flow_id, run.parameters.get())).collect();
            format!("{case:?}: {report:?}, and there is {runs:?}")
        });
    }
    assert!(runs.is_empty(), "nobody asked for {runs:?}");
    verdicts.assert_none(&format!("schedule, faults: {}", sandbox.faults().injected()));
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduled { id, version } => write!(f, "scheduled {id} of {version}"),
            Self::NotScheduled(why) => write!(f, "not scheduled ({why})"),
            Self::Wrong(why) => f.write_str(why),
        }
    }
}

/// What is wrong with a report, seeing the runs that there are under the key.
fn compare(report: &Report, runs: &[StoredFlowRun]) -> Option<Verdict> {
    match (report, runs) {
        (Report::Wrong(_), _) => Some(Verdict::Wrong),
        (_, [_, _, ..]) => Some(Verdict::Duplicate),
        (Report::Scheduled { .. }, []) => Some(Verdict::Lost),
        (Report::NotScheduled(_), [_]) => Some(Verdict::Wrong),
        (Report::NotScheduled(_), []) => None,
        (Report::Scheduled { id, version }, [run]) => {
            let same = (id.0, version.0, PARAMETERS) == (run.id, run.flow_id, run.parameters.get());
            (!same).then_some(Verdict::Wrong)
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
    let call = api(world, &script, &clock, case.plan.attempts);
    let parameters: &RawValue = serde_json::from_str(PARAMETERS).unwrap();
    let request = FlowRunRequest::new().idempotency_key(key).parameters(parameters).unwrap();

    let flow = match find(&call, &name).await {
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
            // As another process would, much later.
            match api(world, &Script::default(), &Hurried::default(), 4).resume(flow_id, key, request).await {
                Ok(run) => Report::Scheduled { id: run.id, version: run.flow_id },
                // Resumed by the flow's id, and there was no run of it.
                Err(error @ ScheduleError::Archived { .. }) => Report::NotScheduled(told(&error)),
                Err(error) => Report::Wrong(format!("resumed: {}", told(&error))),
            }
        }
        Err(error) => Report::NotScheduled(told(&error)),
    }
}

/// Looks the flow up again when the server could not be asked, until nothing goes wrong any more.
async fn find(api: &Api, name: &str) -> Result<Flow, String> {
    for _ in 0..3 {
        match api.find_flow(name).await {
            Ok(flow) => return Ok(flow),
            Err(FindFlowError::Transport(_)) => {}
            Err(error) => return Err(format!("looked up: {}", told(&error))),
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
