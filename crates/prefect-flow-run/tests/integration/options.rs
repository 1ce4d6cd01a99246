//! What a request asks for is what is stored, option by option, also after faults.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Zoned};
use prefect_flow_run::{DockerRun, Env, Flow, FlowRunRequest, JsonObjectError, ScheduleError};
use prefect_sandbox::{FlowSpec, Sandbox, StoredFlowRun};
use serde_json::{Value, json};

use crate::support::Fault::{AnswerLost, NotSent, RequestLost};
use crate::support::{Faults, empty, faulty, register};

const CREATE: &str = "create_flow_run(";
const BY_KEY: &str = "FlowRunByKey(";

/// A flow `F` whose own labels are `flow`.
async fn setting() -> (Sandbox, Faults, uuid::Uuid, Flow) {
    let (sandbox, _, project) = empty().await;
    let run_config = json!({ "type": "UniversalRun", "labels": ["flow"] });
    sandbox.register_flow(FlowSpec::new(project, "F").run_config(run_config)).await.unwrap();
    let faults = Faults::default();
    let flow = faulty(&sandbox.url(), &faults).find_flow("F").await.unwrap();
    (sandbox, faults, project, flow)
}

async fn only_run(sandbox: &Sandbox) -> StoredFlowRun {
    let mut runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// What is stored for one request.
async fn stored(request: FlowRunRequest) -> StoredFlowRun {
    let (sandbox, _, _, flow) = setting().await;
    flow.schedule(request).await.unwrap();
    only_run(&sandbox).await
}

fn time(run: &StoredFlowRun) -> Timestamp {
    run.scheduled_start_time.parse().unwrap()
}

#[tokio::test]
async fn what_is_not_given_is_the_flows() {
    let before = Timestamp::now();
    let run = stored(FlowRunRequest::new()).await;
    assert!(!run.name.is_empty());
    assert_eq!((run.labels, run.context.unwrap().get()), (vec!["flow".to_owned()], "{}"));
    assert!(run.run_config.unwrap().get().contains("UniversalRun"));
    let start: Timestamp = run.scheduled_start_time.parse().unwrap();
    assert!(start >= before - SignedDuration::from_millis(1) && start <= Timestamp::now());
}

#[tokio::test]
async fn run_name() {
    assert_eq!(stored(FlowRunRequest::new().run_name("nightly")).await.name, "nightly");
    assert_ne!(stored(FlowRunRequest::new().run_name("")).await.name, "");
}

#[tokio::test]
async fn the_name_of_a_sub_flow_run() {
    let (sandbox, _, _, flow) = setting().await;
    for request in [
        FlowRunRequest::new().sub_flow_of("nightly", &flow),
        FlowRunRequest::new().sub_flow_of("nightly", &flow).run_name("given"),
        FlowRunRequest::new().run_name("given").sub_flow_of("nightly", &flow),
        FlowRunRequest::new().sub_flow_of("", &flow),
    ] {
        flow.schedule(request).await.unwrap();
    }
    let runs = sandbox.flow_runs().await.unwrap();
    let names: Vec<_> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names[..3], ["nightly-F", "given", "given"]);
    assert_ne!(names[3], "-F");
}

#[tokio::test]
async fn labels() {
    let run = stored(FlowRunRequest::new().labels(["b", "a"])).await;
    assert_eq!(run.labels, ["a", "b"]);
    let run = stored(FlowRunRequest::new().label("b").label("a")).await;
    assert_eq!(run.labels, ["a", "b"]);
    let none: [&str; 0] = [];
    assert!(stored(FlowRunRequest::new().labels(none)).await.labels.is_empty());
}

#[tokio::test]
async fn context_and_parameters_are_stored_byte_for_byte() {
    #[derive(serde::Serialize)]
    struct Context {
        today: &'static str,
        big: u128,
        ratio: f64,
    }
    let context = Context { today: "2026-11-22", big: u128::from(u64::MAX) * 10, ratio: 1.0 };
    let run = stored(FlowRunRequest::new().context(context).unwrap()).await;
    assert_eq!(
        run.context.unwrap().get(),
        r#"{"today":"2026-11-22","big":184467440737095516150,"ratio":1.0}"#
    );
}

#[tokio::test]
async fn run_configs_typed_and_raw() {
    let docker = DockerRun {
        image: Some("acme/etl:7".to_owned()),
        env: Some(Env::from([("REGION", "eu")])),
        labels: ["gpu".to_owned()].into(),
        ..DockerRun::default()
    };
    let run = stored(FlowRunRequest::new().run_config(docker.clone()).unwrap()).await;
    assert_eq!(run.run_config.unwrap().get(), serde_json::to_string(&docker).unwrap());
    assert_eq!(run.labels, ["gpu"]);

    // Its labels give way to those given, and none of them are no labels.
    let run = stored(FlowRunRequest::new().run_config(docker).unwrap().label("given")).await;
    assert_eq!(run.labels, ["given"]);
    let raw = json!({ "type": "MyRun", "size": 1.0 });
    let run = stored(FlowRunRequest::new().run_config(&raw).unwrap()).await;
    assert_eq!(run.run_config.unwrap().get(), raw.to_string());
    assert!(run.labels.is_empty());
}

#[test]
fn only_objects_are_taken() {
    let context = FlowRunRequest::new().context([1]).unwrap_err();
    assert!(matches!(context, JsonObjectError::NotAnObject { .. }));
    insta::assert_snapshot!(context, @"the context must be an object of names and values, not [1]");
    let run_config = FlowRunRequest::new().run_config("docker").unwrap_err();
    insta::assert_snapshot!(run_config, @r#"the run config must be an object of names and values, not "docker""#);
    let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
    insta::assert_snapshot!(FlowRunRequest::new().context(keys).unwrap_err(), @"the context cannot be written as JSON: key must be a string");
}

#[tokio::test]
async fn a_start_at_an_instant() {
    let zoned: Zoned = "2030-01-01T01:30:00.25+01:00[+01:00]".parse().unwrap();
    for request in [
        FlowRunRequest::new().start_at(&zoned),
        FlowRunRequest::new().start_at(zoned.timestamp()),
        FlowRunRequest::new().start_in(Duration::from_secs(5)).start_at(zoned.clone()),
    ] {
        assert_eq!(time(&stored(request).await), zoned.timestamp());
    }
}

#[tokio::test]
async fn a_start_after_a_delay() {
    let hour = SignedDuration::from_hours(1);
    let before = Timestamp::now();
    let start = time(&stored(FlowRunRequest::new().start_in(hour.unsigned_abs())).await);
    // Microseconds are cut off.
    assert!(start >= before + hour - SignedDuration::from_micros(1) && start <= Timestamp::now() + hour);
}

/// The inputs of all attempts to create a run that reached the server.
fn inputs(sandbox: &Sandbox) -> Vec<Value> {
    let requests = sandbox.requests().into_iter();
    let creating = requests.filter(|request| request.root_fields == ["create_flow_run"]);
    let body = |body: String| serde_json::from_str::<Value>(&body).unwrap();
    creating.map(|request| body(request.body)["variables"]["input"].clone()).collect()
}

/// A request with every option.
fn whole() -> FlowRunRequest {
    FlowRunRequest::new()
        .run_name("nightly")
        .labels(["b", "a"])
        .start_in(Duration::from_secs(3_600))
        .parameters(json!({ "x": 7 }))
        .and_then(|request| request.context(json!({ "c": 1 })))
        .and_then(|request| request.run_config(json!({ "type": "MyRun" })))
        .unwrap()
}

fn assert_whole(run: &StoredFlowRun) {
    assert_eq!((run.name.as_str(), run.parameters.get()), ("nightly", r#"{"x":7}"#));
    assert_eq!((run.labels.join(""), run.context.as_ref().unwrap().get()), ("ab".to_owned(), r#"{"c":1}"#));
    assert_eq!(run.run_config.as_ref().unwrap().get(), r#"{"type":"MyRun"}"#);
    assert!(time(run) > Timestamp::now() + SignedDuration::from_mins(50));
}

#[tokio::test]
async fn a_newer_version_is_run_as_asked_and_at_the_same_time() {
    let (sandbox, faults, project, flow) = setting().await;
    let newer = register(&sandbox, project).await;
    faults.on(CREATE, [AnswerLost]);
    flow.schedule(whole().unchecked()).await.unwrap();
    let run = only_run(&sandbox).await;
    assert_eq!(run.flow_id, newer.flow_id);
    assert_whole(&run);

    let mut inputs = inputs(&sandbox);
    let flow_ids: Vec<_> = inputs.iter_mut().map(|input| input["flow_id"].take()).collect();
    let (old, new) = (json!(flow.id()), json!(newer.flow_id));
    assert_eq!(flow_ids, [old.clone(), old, new]);
    assert!(inputs.iter().all(|input| *input == inputs[0]), "{inputs:?}");
}

#[tokio::test]
async fn a_resumed_run_is_run_as_asked() {
    let (sandbox, faults, _, flow) = setting().await;
    faults.on(CREATE, [RequestLost; 4]).on(BY_KEY, [NotSent; 4]);
    let error = flow.schedule(whole().unchecked()).await.unwrap_err();
    let ScheduleError::OutcomeUnknown { flow_id, key, start: Some(start), .. } = error else {
        panic!("{error:?}")
    };
    let api = faulty(&sandbox.url(), &faults);
    api.resume(flow_id, key, whole().start_at(start.clone())).await.unwrap();
    let run = only_run(&sandbox).await;
    assert_whole(&run);
    assert_eq!(time(&run), start.as_str().parse().unwrap());
}
