//! Scheduling: the lookup, the request that makes the run, and the question by its key.

use std::sync::Arc;

use prefect_flow_run::transport::Timer;
use prefect_flow_run::{Api, FindFlowError, Flow};
use prefect_sandbox::Sandbox;
use uuid::Uuid;

use crate::clock::Hurried;
use crate::injection::{representatives, with_a_doubt, with_a_mutation, with_a_query};
use crate::network::{Script, TOTAL, World, api};
use crate::runs::{Report, compare_all, register, report, request};
use crate::scenario::{Plan, pairs, run_all, singles};
use crate::verdict::told;

const LOOKUP: &str = "query FindFlow(";
const CREATE: &str = "mutation CreateFlowRun(";
const BY_KEY: &str = "query FlowRunByKey(";

/// A plan, what was there before, and what happens before the request of a number that contains a text.
#[derive(Debug, Clone)]
struct Case {
    plan: Plan,
    before: Before,
    meanwhile: Option<(&'static str, usize, Event)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    OneVersion,
    TwoVersions,
    /// And the first one, archived by now, has a run of the key already.
    TwoVersionsAndRun,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A newer version of the flow is registered, and this one archived.
    NewVersion,
    /// The machine sleeps for longer than a call may take.
    Sleep,
}

/// Between lookup and create, between two attempts, before it is asked what became of the attempts, and before the
/// flow is looked up again.
const MOMENTS: [(&str, usize); 4] = [(CREATE, 1), (CREATE, 2), (BY_KEY, 1), (LOOKUP, 2)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_an_attempt_or_two() {
    let any = with_a_mutation();
    let plans = [singles(CREATE, 4, &any), pairs((CREATE, &any), (CREATE, &any), 2)];
    check("schedule", cases(plans.concat(), Before::OneVersion, None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_the_lookup_or_with_two_requests() {
    let (any, query, few) = (with_a_mutation(), with_a_query(), representatives());
    let plans = [
        singles(LOOKUP, 4, &query),
        pairs((LOOKUP, &query), (LOOKUP, &query), 2),
        // What a lookup leaves behind is its connection.
        pairs((LOOKUP, &few), (CREATE, &any), 2),
        // Asked at once, as there is no second attempt.
        pairs((CREATE, &with_a_doubt()), (BY_KEY, &query), 1),
    ];
    check("schedule", cases(plans.concat(), Before::OneVersion, None)).await;
}

/// A key of one's own is asked for first when the flow has earlier versions, and a newer one may come meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_a_flow_of_several_versions() {
    let (any, query, few) = (with_a_mutation(), with_a_query(), representatives());
    let asked_first = [singles(BY_KEY, 4, &query), pairs((BY_KEY, &query), (CREATE, &few), 2)].concat();
    let newer = Some((CREATE, 2, Event::NewVersion));
    let all = [
        cases(asked_first, Before::TwoVersions, None),
        cases(singles(CREATE, 2, &any), Before::TwoVersions, newer),
        cases(singles(BY_KEY, 4, &query), Before::TwoVersionsAndRun, None),
        cases(pairs((BY_KEY, &query), (BY_KEY, &few), 2), Before::TwoVersionsAndRun, None),
    ];
    check("schedule, two versions", all.concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_while_a_version_is_registered() {
    check("schedule while versions are registered", meanwhile(Event::NewVersion)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_while_the_machine_sleeps() {
    check("schedule while the machine sleeps", meanwhile(Event::Sleep)).await;
}

fn meanwhile(event: Event) -> Vec<Case> {
    let any = with_a_mutation();
    let mut all = Vec::new();
    for (text, number) in MOMENTS {
        let plans = [singles(CREATE, 1, &any), singles(CREATE, 2, &any)].concat();
        all.extend(cases(plans, Before::OneVersion, Some((text, number, event))));
    }
    all
}

fn cases(plans: Vec<Plan>, before: Before, meanwhile: Option<(&'static str, usize, Event)>) -> Vec<Case> {
    plans.into_iter().map(|plan| Case { plan, before, meanwhile }).collect()
}

async fn check(of: &str, cases: Vec<Case>) {
    let world = World::around(Sandbox::start().await.unwrap()).await;
    let sandbox = &world.sandbox;
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let reports = run_all(cases, async |number, case| {
        let key = format!("key-{number}");
        let report = schedule(&world, project, number, &key, &case).await;
        (key, report)
    });
    compare_all(of, sandbox, reports.await).await;
}

async fn schedule(world: &Arc<World>, project: Uuid, number: usize, key: &str, case: &Case) -> Report {
    let name = format!("F-{number}");
    let another = api(world, &Script::default(), &Hurried::default(), 4);
    register(&world.sandbox, project, &name).await;
    let mut earlier = None;
    if case.before == Before::TwoVersionsAndRun {
        let flow = another.find_flow(&name).await.unwrap();
        earlier = Some(report(flow.schedule(request(key)).await, &another).await);
    }
    if case.before != Before::OneVersion {
        register(&world.sandbox, project, &name).await;
    }
    let script = Script::new(&case.plan.injections);
    let clock = Hurried::default();
    if let Some((text, number, event)) = case.meanwhile {
        let (world, name, clock) = (Arc::clone(world), name.clone(), clock.clone());
        script.before(text, number, async move {
            match event {
                Event::NewVersion => drop(register(&world.sandbox, project, &name).await),
                Event::Sleep => clock.jump(TOTAL),
            }
        });
    }
    let call = api(world, &script, &clock, case.plan.attempts);
    let flow = match find(&call, &name).await {
        Ok(flow) => flow,
        Err(wrong) => return Report::Wrong(wrong),
    };
    let before = clock.now();
    let outcome = flow.schedule(request(key)).await;
    let took = clock.now() - before;
    if took > TOTAL && !matches!(case.meanwhile, Some((.., Event::Sleep))) {
        return Report::Wrong(format!("took {took:?}"));
    }
    match (report(outcome, &another).await, earlier) {
        // Nothing was scheduled by this call, so the run of the earlier one is all that there is.
        (Report::NotScheduled(_), Some(earlier)) => earlier,
        (report, _) => report,
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
