//! The client without async: each method once, and what it does inside of an async runtime.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use prefect_client::blocking::{Client, Error, Flow, InsideRuntime};
use prefect_client::config::Sources;
use prefect_client::{
    ArtifactError, Backend, CancelError, DeleteProjectError, FindFlowError, FlowGroupId, FlowId, FlowRunId,
    FlowRunRequest, FlowRunTask, FlowRunTaskError, Overrides, Polling, ScheduleError, State, TaskRunId,
    TaskRunResultError, TenantId, WaitError, WatchEvent,
};
use prefect_sandbox::{FlowSpec, RegisteredFlow, Sandbox};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

const NOBODY: FlowRunId = FlowRunId(Uuid::nil());

/// A sandbox on a runtime of its own, with the flow `F` in the project `P`.
struct Scene {
    sandbox: Sandbox,
    flow: RegisteredFlow,
    client: Client,
    runtime: Runtime,
}

impl Scene {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (sandbox, flow) = runtime.block_on(async {
            let sandbox = Sandbox::start().await.unwrap();
            let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
            let flow = sandbox.register_flow(FlowSpec::new(project, "F").task("add")).await.unwrap();
            (sandbox, flow)
        });
        let often = Polling::default().min_interval(Duration::from_millis(10));
        let client = Client::builder().api(sandbox.url()).polling(often).build().unwrap();
        Self { sandbox, flow, client, runtime }
    }

    fn found(&self) -> Flow {
        self.client.find_flow("F").in_project("P").block().unwrap()
    }

    fn scheduled(&self) -> FlowRunId {
        self.found().schedule(FlowRunRequest::new()).unwrap().id
    }

    fn walk(&self, run: FlowRunId, states: &[&str]) {
        self.runtime.block_on(self.sandbox.walk_flow_run(run.0, states)).unwrap();
    }

    fn log(&self, run: FlowRunId, message: &str) {
        self.runtime.block_on(self.sandbox.write_log(run.0, "INFO", message, None)).unwrap();
    }
}

#[test]
fn flows_are_found() {
    let scene = Scene::new();
    let client = &scene.client;
    let id = FlowId(scene.flow.flow_id);
    let group = FlowGroupId(scene.flow.flow_group_id);
    let found = scene.found();
    assert_eq!((found.id(), found.name(), found.project_name()), (id, "F", "P"));
    assert_eq!(client.flow(id).unwrap().id(), id);
    assert_eq!(client.flow_of_group(group).unwrap().id(), id);
    let error = client.flow_of_version_group("x").unwrap_err();
    assert!(matches!(error, Error::Call(FindFlowError::Unknown { .. })), "{error:?}");
    let error = client.find_flow("G").block().unwrap_err();
    assert!(matches!(error, Error::Call(FindFlowError::NotFound(_))), "{error:?}");
}

#[test]
fn runs_are_scheduled() {
    let scene = Scene::new();
    let (client, flow) = (&scene.client, scene.found());
    let run = flow.schedule(FlowRunRequest::new()).unwrap();
    let key = &run.idempotency_key;
    assert_eq!(client.flow_run_by_key(flow.id(), key).unwrap(), Some(run.id));
    assert_eq!(client.resume(flow.id(), key.clone(), FlowRunRequest::new()).unwrap().id, run.id);
    assert_eq!(run.url().unwrap(), client.flow_run_url(run.id).unwrap());
    assert_eq!(client.ui_links().unwrap().flow_run(run.id), run.url().unwrap());
    assert!(client.with_ui("http://ui.example").flow_run_url(run.id).unwrap().starts_with("http://ui.e"));

    let unknown = FlowRunRequest::new().parameters(json!({ "x": 1 })).unwrap();
    let error = flow.schedule(unknown.clone()).unwrap_err();
    assert!(matches!(error, Error::Call(ScheduleError::Parameters(_))), "{error:?}");

    let requests = || [FlowRunRequest::new(), unknown.clone(), FlowRunRequest::new()];
    let of_one_flow: BTreeSet<_> = flow
        .schedule_many(requests(), 2)
        .map(Result::unwrap)
        .map(|(index, run)| (index, run.is_ok()))
        .collect();
    let of_flows: BTreeSet<_> = client
        .schedule_many(requests().map(|request| (flow.clone(), request)), 2)
        .map(Result::unwrap)
        .map(|(index, run)| (index, run.is_ok_and(|run| run.wait().timeout(Duration::ZERO).block().is_err())))
        .collect();
    assert_eq!(of_one_flow, BTreeSet::from([(0, true), (1, false), (2, true)]));
    assert_eq!(of_flows, of_one_flow);
    assert_eq!(client.list_flow_runs().into_iter().count(), 5);
}

#[test]
fn a_task_is_run() {
    let scene = Scene::new();
    let task = FlowRunTask::new().flow_name("F").project_name("P");
    let first = scene.client.run(&task).unwrap();
    let second = scene.client.run_with(&task, Overrides::new()).unwrap();
    assert_ne!(first, second);
    let error = scene.client.run_with(&task, Overrides::new().flow_name("G")).unwrap_err();
    assert!(matches!(error, Error::Call(FlowRunTaskError::Find(_))), "{error:?}");
}

#[test]
fn runs_are_waited_for() {
    let scene = Scene::new();
    let client = scene.client.with_polling(Polling::default().min_interval(Duration::from_millis(20)));
    let (ended, running) = (scene.scheduled(), scene.scheduled());
    scene.walk(ended, &["Submitted", "Running", "Success"]);
    assert_eq!(client.wait(ended).block().unwrap().state, State::Success);
    let error = client.wait(running).timeout(Duration::from_millis(50)).block().unwrap_err();
    assert!(matches!(error, Error::Call(WaitError::TimedOut { id, .. }) if id == running), "{error:?}");

    // The second one ends while it is waited for.
    let mut outcomes = client.wait_many([running, ended]);
    let (id, run) = outcomes.next().unwrap().unwrap();
    assert_eq!((id, run.unwrap().state), (ended, State::Success));
    scene.walk(running, &["Submitted", "Running", "Failed"]);
    let (id, run) = outcomes.next().unwrap().unwrap();
    assert_eq!((id, run.unwrap().state), (running, State::Failed));
    assert!(outcomes.next().is_none());
}

#[test]
fn a_run_is_followed() {
    let scene = Scene::new();
    let run = scene.found().schedule(FlowRunRequest::new()).unwrap();
    scene.walk(run.id, &["Submitted", "Running"]);
    scene.log(run.id, "hello");
    scene.walk(run.id, &["Success"]);
    let told = |event: Result<WatchEvent, _>| match event {
        Ok(WatchEvent::State(change)) => change.state.to_string(),
        Ok(WatchEvent::Log(line)) => line.message,
        other => panic!("{other:?}"),
    };
    let all: Vec<_> = run.watch().grace(Duration::ZERO).map(told).collect();
    assert_eq!(all, ["Scheduled", "Submitted", "Running", "hello", "Success"]);

    let mut watch = scene.client.watch(run.id);
    let begun: Vec<_> = watch.by_ref().take(2).map(told).collect();
    assert_eq!(watch.flow_run().unwrap().state, State::Success);
    let rest = scene.client.watch(run.id).grace(Duration::ZERO).from_cursor(watch.cursor()).map(told);
    assert_eq!(begun.into_iter().chain(rest).collect::<Vec<_>>(), all);

    let lines: Vec<_> = scene.client.logs(run.id).map(|line| line.unwrap().message).collect();
    assert_eq!(lines, ["hello"]);
    let mut none = scene.client.logs(NOBODY);
    assert!(matches!(none.next(), Some(Err(Error::Call(_)))));
    assert!(none.next().is_none());
}

#[test]
fn runs_are_listed() {
    let scene = Scene::new();
    let id = scene.scheduled();
    let details = scene.client.flow_run_details(id).unwrap().unwrap();
    let count = |list: prefect_client::blocking::ListFlowRuns| list.into_iter().map(Result::unwrap).count();
    let all = || scene.client.list_flow_runs();
    let start = details.scheduled_start_time;
    let second = jiff::SignedDuration::from_secs(1);
    assert_eq!(count(all()), 1);
    assert_eq!(count(all().state(State::Scheduled).states([State::Failed])), 1);
    for (narrowed, wide, narrow) in [
        ("state", all().state(State::Scheduled), all().state(State::Failed)),
        ("states", all().states([State::Scheduled]), all().states([State::Failed])),
        ("project", all().project("P"), all().project("Q")),
        ("flow", all().flow("F"), all().flow("G")),
        ("flow_id", all().flow_id(FlowId(scene.flow.flow_id)), all().flow_id(FlowId(Uuid::nil()))),
        ("label", all(), all().label("gpu")),
        ("name", all().name(&details.name), all().name("x")),
        ("after", all().scheduled_after(start), all().scheduled_after(start + second)),
        ("before", all().scheduled_before(start + second), all().scheduled_before(start)),
        ("limit", all().limit(1), all().limit(0)),
    ] {
        assert_eq!((count(wide), count(narrow)), (1, 0), "{narrowed}");
    }
}

#[test]
fn a_run_is_read_and_changed() {
    let scene = Scene::new();
    let (client, id) = (&scene.client, scene.scheduled());
    assert_eq!(client.flow_run(id).unwrap().unwrap().state, State::Scheduled);
    assert!(client.flow_run(NOBODY).unwrap().is_none());
    client.rename(id, "renamed").unwrap();
    client.set_labels(id, ["gpu"]).unwrap();
    let details = client.flow_run_details(id).unwrap().unwrap();
    assert_eq!((details.name.as_str(), details.labels), ("renamed", vec!["gpu".to_owned()]));
    assert_eq!(client.cancel(id).unwrap(), State::Cancelled);
    let error = client.cancel(NOBODY).unwrap_err();
    assert!(matches!(error, Error::Call(CancelError::NotFound { .. })), "{error:?}");
}

#[test]
fn task_runs_have_results_and_artifacts() {
    let scene = Scene::new();
    let (client, id) = (&scene.client, scene.scheduled());
    let runs: Vec<_> = client.task_runs(id).into_iter().map(Result::unwrap).collect();
    let [add] = &runs[..] else { panic!("{runs:?}") };
    assert_eq!(client.task_runs(id).slug(&add.slug).map_index(None).into_iter().count(), 1);
    assert_eq!(client.task_runs(id).map_index(Some(0)).into_iter().count(), 0);
    assert_eq!(client.task_runs(id).states([State::Failed]).into_iter().count(), 0);
    let error = client.task_run_result(id, &add.slug, None).unwrap_err();
    assert!(matches!(error, Error::Call(TaskRunResultError::NotFinished { .. })), "{error:?}");

    let link = client.create_link_artifact(add.id, "https://example.org").unwrap();
    let text = client.create_markdown_artifact(add.id, "# Done").unwrap();
    client.update_link_artifact(link, "/acme").unwrap();
    client.update_markdown_artifact(text, "# Again").unwrap();
    let stored = json!({ "task_run_artifact": [
        { "id": link, "kind": "link", "data": { "link": "/acme" } },
        { "id": text, "kind": "markdown", "data": { "markdown": "# Again" } },
    ] });
    let query = json!({ "query": "{ task_run_artifact(order_by: {kind: asc}) { id kind data } }" });
    let request = client.transport().request("artifacts", &query).unwrap();
    let answer = client.block_on(client.transport().execute::<Value>(&request)).unwrap().unwrap();
    assert_eq!(answer.into_result().unwrap(), stored);
    client.delete_artifact(link).unwrap();
    let error = client.update_link_artifact(link, "/acme").unwrap_err();
    assert!(matches!(error, Error::Call(ArtifactError::NotFound { .. })), "{error:?}");
    let error = client.create_link_artifact(TaskRunId(Uuid::nil()), "x").unwrap_err();
    assert!(matches!(error, Error::Call(ArtifactError::NoTaskRun { .. })), "{error:?}");
}

#[test]
fn places_are_listed() {
    let scene = Scene::new();
    let client = &scene.client;
    let tenant = client.tenant().unwrap();
    assert_eq!(client.tenants().unwrap(), std::slice::from_ref(&tenant));
    assert_eq!(tenant.id, TenantId(scene.sandbox.default_tenant()));
    let made = client.create_project("Q", Some("about")).unwrap();
    assert_eq!(client.project("Q").unwrap().unwrap().id, made);
    let names: Vec<_> = client.projects().unwrap().into_iter().map(|project| project.name).collect();
    assert_eq!(names, ["P", "Q"]);
    client.delete_project(made).unwrap();
    let error = client.delete_project(made).unwrap_err();
    assert!(matches!(error, Error::Call(DeleteProjectError::NotFound { .. })), "{error:?}");
    assert!(client.agents().unwrap().is_empty());
    assert!(!client.match_agents(&[]).unwrap().has_healthy());
}

#[test]
fn what_has_no_method_is_run_on_the_clients_runtime() {
    let scene = Scene::new();
    let client = Client::new(scene.client.api().clone()).unwrap();
    assert_eq!(client.block_on(client.api().find_flow("F")).unwrap().unwrap().name(), "F");
    assert_eq!(client.transport().endpoint(), scene.client.transport().endpoint());
}

#[test]
fn the_builder_passes_on_what_it_is_told() {
    let sources = Sources::default().variable("PREFECT__BACKEND", "cloud");
    let built = Client::builder().build_discovering(&sources).unwrap();
    assert_eq!(built.backend(), Backend::Cloud);
    let builder = Client::builder().backend(Backend::Cloud).api_key("hunter2").auth_token("hunter2");
    let builder = builder.tenant_id(TenantId(Uuid::nil())).ui("http://ui.example");
    let shown = format!("{builder:?}");
    assert!(shown.contains("http://ui.example") && !shown.contains("hunter2"), "{shown}");
    for told in ["backend: Some(Cloud)", "api_key: Some", "auth_token: Some", "tenant_id: Some"] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
}

#[test]
fn threads_share_a_client() {
    let scene = Scene::new();
    let flow = scene.found();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| flow.schedule(FlowRunRequest::new()).unwrap());
        }
    });
    assert_eq!(scene.client.list_flow_runs().into_iter().count(), 4);
}

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}

/// What an iterator gives inside of a runtime: the one error.
fn refused<T, E>(items: impl Iterator<Item = Result<T, E>>) -> E {
    let mut items: Vec<_> = items.take(2).map(Result::err).collect();
    assert_eq!(items.len(), 1);
    items.pop().flatten().unwrap()
}

#[test]
fn inside_of_a_runtime_a_call_is_an_error_and_nothing_is_sent() {
    let scene = Scene::new();
    let (client, flow, id) = (&scene.client, scene.found(), scene.scheduled());
    let sent = scene.sandbox.requests().len();
    for runtime in runtimes() {
        runtime.block_on(async {
            let _: [InsideRuntime; 4] = [
                client.block_on(async {}).unwrap_err(),
                refused(flow.schedule_many([FlowRunRequest::new()], 1)),
                refused(client.schedule_many([(flow.clone(), FlowRunRequest::new())], 1)),
                refused(client.wait_many([id])),
            ];
            let error = flow.schedule(FlowRunRequest::new()).unwrap_err();
            assert!(matches!(error, Error::InsideRuntime(_)), "{error:?}");
            let error = client.wait(id).block().unwrap_err();
            assert!(matches!(error, Error::InsideRuntime(_)), "{error:?}");
            assert!(matches!(refused(client.watch(id)), Error::InsideRuntime(_)));
            assert!(matches!(refused(client.logs(id)), Error::InsideRuntime(_)));
            assert!(matches!(refused(client.list_flow_runs().into_iter()), Error::InsideRuntime(_)));
            assert!(matches!(refused(client.task_runs(id).into_iter()), Error::InsideRuntime(_)));
            // In a task too, which may be on another thread.
            let task = {
                let client = client.clone();
                async move { client.agents().unwrap_err() }
            };
            let error = tokio::spawn(task).await.unwrap();
            assert!(matches!(error, Error::InsideRuntime(_)), "{error:?}");
        });
    }
    assert_eq!(scene.sandbox.requests().len(), sent);
    let error = scene.runtime.block_on(async { client.agents() }).unwrap_err();
    insta::assert_snapshot!(error, @"a blocking call inside of an async runtime would stall it; use the async client there, or make the call on a thread of std::thread");
}

#[test]
fn the_clients_own_runtime_is_one_too() {
    let scene = Scene::new();
    let (client, refusals) = (scene.client.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&refusals);
    let task = FlowRunTask::new().flow_name("F").state_handler(move |_, _, _| {
        assert!(matches!(client.agents(), Err(Error::InsideRuntime(_))));
        counted.fetch_add(1, SeqCst);
        None
    });
    scene.client.run(&task).unwrap();
    assert_eq!(refusals.load(SeqCst), 2, "Running and Success");
}

#[test]
fn inside_of_a_runtime_a_thread_may_call() {
    let scene = Scene::new();
    for runtime in runtimes() {
        let client = scene.client.clone();
        let agents = runtime.block_on(async { std::thread::spawn(move || client.agents()).join() });
        assert!(agents.unwrap().unwrap().is_empty());
    }
}

#[test]
fn a_client_is_made_and_dropped_inside_of_a_runtime() {
    let scene = Scene::new();
    for runtime in runtimes() {
        // One that was never used, one with a connection, and what outlives its client.
        runtime.block_on(async { drop(Client::builder().api(scene.sandbox.url()).build().unwrap()) });
        let client = Client::builder().api(scene.sandbox.url()).build().unwrap();
        let flow = client.find_flow("F").block().unwrap();
        let mut runs = client.list_flow_runs().into_iter();
        assert!(runs.next().is_none_or(|run| run.is_ok()));
        runtime.block_on(async { drop(client) });
        assert!(flow.schedule(FlowRunRequest::new()).is_ok());
        runtime.block_on(async { drop((flow, runs)) });
    }
}
