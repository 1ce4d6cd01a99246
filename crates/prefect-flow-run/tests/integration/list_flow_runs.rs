//! Listing flow runs: the filters, and pages that neither repeat nor lose a run.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt};
use prefect_flow_run::{Api, FlowRunId, ListFlowRuns, State};
use prefect_sandbox::{FlowSpec, Sandbox, SandboxClock};
use serde_json::json;
use uuid::Uuid;

use crate::support::Fault::{NotSent, Pass};
use crate::support::{Faults, asked, empty, faulty, register, schedule, server, server_of_tenant};

async fn names(list: ListFlowRuns) -> Vec<String> {
    list.stream().map_ok(|run| run.name).try_collect().await.unwrap()
}

/// `count` runs, which the sandbox makes at the same moment.
async fn runs(api: &Api, flow: Uuid, count: usize) -> Vec<FlowRunId> {
    let schedule = |_| schedule(api, json!({ "flow_id": flow }));
    futures_util::stream::iter(0..count).map(schedule).buffered(8).collect().await
}

#[tokio::test]
async fn pages_follow_each_other_while_runs_are_scheduled() {
    let clock = SandboxClock::manual(SystemTime::now());
    let sandbox = Sandbox::builder().clock(clock.clone()).start().await.unwrap();
    let api = server(&sandbox.url());
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = register(&sandbox, project).await.flow_id;
    // More runs of one moment than a page holds, so that the id must tell them apart.
    let mut expected: BTreeSet<FlowRunId> = runs(&api, flow, 130).await.into_iter().collect();
    clock.advance(Duration::from_secs(1));
    expected.extend(runs(&api, flow, 120).await);

    let mut stream = api.list_flow_runs().stream();
    let mut seen = Vec::new();
    while let Some(run) = stream.try_next().await.unwrap() {
        if seen.len() % 60 == 0 {
            clock.advance(Duration::from_secs(1));
            runs(&api, flow, 3).await;
        }
        seen.push(run);
    }
    assert!(seen.is_sorted_by_key(|run| std::cmp::Reverse((run.created, run.id))));
    assert_eq!(seen.len(), 250);
    assert_eq!(seen.into_iter().map(|run| run.id).collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn pages_are_asked_for_when_they_are_needed() {
    let (sandbox, api, project) = empty().await;
    runs(&api, register(&sandbox, project).await.flow_id, 150).await;
    let pages = || asked(&sandbox).iter().filter(|field| *field == "flow_run").count();

    let mut stream = api.list_flow_runs().stream();
    assert_eq!(pages(), 0);
    let first: Vec<_> = stream.by_ref().take(100).try_collect().await.unwrap();
    assert_eq!((first.len(), pages()), (100, 1));
    assert_eq!((stream.count().await, pages()), (50, 3));

    assert_eq!((names(api.list_flow_runs().limit(0)).await.len(), pages()), (0, 3));
    assert_eq!((names(api.list_flow_runs().limit(7)).await.len(), pages()), (7, 4));
    assert!(sandbox.requests().last().unwrap().body.contains("\"limit\":7"));
    assert_eq!((names(api.list_flow_runs().limit(101)).await.len(), pages()), (101, 6));
}

#[tokio::test]
async fn each_filter_narrows_the_list() {
    let (sandbox, api, project) = empty().await;
    let other = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let old = sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap().flow_id;
    let a = schedule(
        &api,
        json!({ "flow_id": old, "flow_run_name": "a", "labels": ["gpu", "eu"],
        "scheduled_start_time": "2030-01-01T00:00:00Z" }),
    )
    .await;
    sandbox.set_flow_run_state(a.0, "Failed", "no luck").await.unwrap();
    let new = sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap().flow_id;
    let foreign = sandbox.register_flow(FlowSpec::new(other, "G")).await.unwrap().flow_id;
    for (flow, name, labels, start) in [
        (new, "b", json!(["gpu"]), "2030-01-02T00:00:00Z"),
        (foreign, "c", json!([]), "2030-01-03T00:00:00Z"),
    ] {
        let input = json!({ "flow_id": flow, "flow_run_name": name, "labels": labels, "scheduled_start_time": start });
        schedule(&api, input).await;
    }

    let second: jiff::Timestamp = "2030-01-02T00:00:00Z".parse().unwrap();
    let list = || api.list_flow_runs();
    let odd = State::Other("Odd".to_owned());
    for (narrowed, expected) in [
        (list(), vec!["c", "b", "a"]),
        (list().project("P"), vec!["b", "a"]),
        (list().flow("F"), vec!["b", "a"]),
        (list().flow("F").project("Q"), vec![]),
        (list().flow_id(prefect_flow_run::FlowId(old)), vec!["a"]),
        (list().name("c"), vec!["c"]),
        (list().label("gpu"), vec!["b", "a"]),
        (list().label("gpu").label("eu"), vec!["a"]),
        (list().state(State::Failed), vec!["a"]),
        (list().state(State::Failed).state(State::Scheduled), vec!["c", "b", "a"]),
        (list().states([State::Scheduled, odd.clone()]), vec!["c", "b"]),
        (list().state(odd), vec![]),
        (list().states([]), vec!["c", "b", "a"]),
        (list().scheduled_after(second), vec!["c", "b"]),
        (list().scheduled_before(second), vec!["a"]),
        (list().scheduled_after(second).scheduled_before(second), vec![]),
    ] {
        let shown = format!("{narrowed:?}");
        assert_eq!(names(narrowed).await, expected, "{shown}");
    }

    let run = list().name("a").stream().try_next().await.unwrap().unwrap();
    assert_eq!((run.id, run.state, run.state_message.as_deref()), (a, State::Failed, Some("no luck")));
    assert_eq!(run.labels, ["eu", "gpu"]);
    assert_eq!(
        (run.flow.name.as_str(), run.flow.version, run.flow.project_name.as_str()),
        ("F", Some(1), "P")
    );
    assert_eq!((run.flow.id.0, run.flow.project_id.0), (old, project));
    assert_eq!(run.scheduled_start_time.to_string(), "2030-01-01T00:00:00Z");
    assert!(run.start_time.is_none() && run.end_time.is_some());
}

#[tokio::test]
async fn a_tenant_sees_its_own_runs() {
    let (sandbox, api, project) = empty().await;
    runs(&api, register(&sandbox, project).await.flow_id, 2).await;
    let other = sandbox.create_tenant("Other").await.unwrap();
    assert_eq!(names(server_of_tenant(&sandbox.url(), other).list_flow_runs()).await.len(), 0);
    let own = server_of_tenant(&sandbox.url(), sandbox.default_tenant());
    assert_eq!(names(own.list_flow_runs()).await.len(), 2);
}

#[tokio::test]
async fn an_error_comes_after_what_was_read_and_ends_the_stream() {
    let (sandbox, api, project) = empty().await;
    runs(&api, register(&sandbox, project).await.flow_id, 101).await;
    let faults = Faults::default();
    faults.on("ListFlowRuns", [Pass, NotSent, NotSent, NotSent, NotSent]);
    let results: Vec<_> = faulty(&sandbox.url(), &faults).list_flow_runs().stream().collect().await;
    assert_eq!(results.len(), 101);
    assert!(results.iter().take(100).all(Result::is_ok));
    assert!(results.last().unwrap().as_ref().unwrap_err().is_connect());
}
