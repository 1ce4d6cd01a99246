//! The options of `flowrun start` that say what is scheduled: each reaches the server.

use std::io::Write;
use std::process::Stdio;

use prefect_client::transport::Transport;
use prefect_sandbox::{Fault, FaultRule, FlowSpec, RegisteredFlow, Sandbox, StoredFlowRun};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Session, assert_session, at, flowrun_at, install_crypto_provider, program};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
/// A flow without required parameters, with labels.
const START: [&str; 5] = ["start", "Load", "--project", "Nightly", "-q"];

async fn with_flow() -> (Sandbox, RegisteredFlow) {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "Nightly").await.unwrap();
    let labelled = json!({ "type": "UniversalRun", "labels": ["gpu", "eu"] });
    let parameter = |name| prefect_sandbox::ParameterSpec::optional(name, json!(null));
    let flow = FlowSpec::new(project, "Load").run_config(labelled);
    let flow = flow.parameter(parameter("a")).parameter(parameter("b"));
    let flow = sandbox.register_flow(flow).await.unwrap();
    (sandbox, flow)
}

/// Schedules with more options, which succeeds; the run as the server has it.
async fn run_of(sandbox: &Sandbox, arguments: &[&str]) -> StoredFlowRun {
    let session = flowrun_at(sandbox, arguments).await;
    assert_eq!(session.code, Some(0), "{session:?}");
    sandbox.flow_runs().await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn a_flow_is_asked_for_by_any_of_its_ids() {
    let (sandbox, flow) = with_flow().await;
    let (id, group) = (flow.flow_id.to_string(), flow.flow_group_id.to_string());
    for reference in
        [["--flow-id", &id], ["--flow-group-id", &group], ["--version-group", &flow.version_group_id]]
    {
        let run = run_of(&sandbox, &["start", "-q", reference[0], reference[1]]).await;
        assert_eq!(run.flow_id, flow.flow_id, "{reference:?}");
    }
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 3);
    assert_session("unknown_flow_id", &flowrun_at(&sandbox, &["start", "--flow-id", NOBODY]).await);
}

#[tokio::test]
async fn parameters_come_from_a_file_and_single_ones_win() {
    let (sandbox, _) = with_flow().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("parameters.json");
    std::fs::write(&file, r#"{ "b": 1, "a": {"kept": 12345678901234567890.10} }"#).unwrap();
    let file = file.to_str().unwrap();
    let run = run_of(&sandbox, &[&START[..], &["--params-file", file, "--param", "b=two"]].concat()).await;
    assert_eq!(run.parameters.get(), r#"{"a":{"kept": 12345678901234567890.10},"b":"two"}"#);

    std::fs::write(file, "[1, 2]").unwrap();
    let session = flowrun_at(&sandbox, &[&START[..], &["--params-file", file]].concat()).await;
    assert_session("params_file_no_object", &session.without(folder.path().to_str().unwrap(), "FOLDER"));
}

#[tokio::test]
async fn parameters_come_from_standard_input() {
    let (sandbox, _) = with_flow().await;
    let url = sandbox.url();
    let home = TempDir::new().unwrap();
    let mut command = program(home.path());
    command.args(at(&url, &START)).args(["--params-file", "-"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"{"a": 1.10}"#).unwrap();
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert!(status.success());
    let run = sandbox.flow_runs().await.unwrap().pop().unwrap();
    assert_eq!(run.parameters.get(), r#"{"a":1.10}"#);
}

#[tokio::test]
async fn the_rest_reaches_the_server() {
    let (sandbox, _) = with_flow().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("run-config.json");
    std::fs::write(&file, r#"{ "type": "DockerRun", "image": "acme/etl:7" }"#).unwrap();
    let arguments = ["--run-name", "load-1", "--label", "gpu", "--label", "us", "--context", "today=monday"];
    let more = ["--at", "2030-01-01T00:00:00+01:00", "--run-config", file.to_str().unwrap()];
    let run = run_of(&sandbox, &[&START[..], &arguments, &more].concat()).await;
    assert_eq!(run.name, "load-1");
    assert_eq!(run.labels, ["gpu", "us"]);
    assert_eq!(run.context.unwrap().get(), r#"{"today":"monday"}"#);
    let run_config: Value = serde_json::from_str(run.run_config.unwrap().get()).unwrap();
    assert_eq!((&run_config["type"], &run_config["image"]), (&json!("DockerRun"), &json!("acme/etl:7")));
    assert!(run.scheduled_start_time.starts_with("2029-12-31T23:00:00"), "{}", run.scheduled_start_time);

    let before = jiff::Timestamp::now();
    let run = run_of(&sandbox, &[&START[..], &["--in", "1h"]].concat()).await;
    let start: jiff::Timestamp = run.scheduled_start_time.parse().unwrap();
    assert!(start >= before + jiff::SignedDuration::from_hours(1) - jiff::SignedDuration::from_millis(1));

    std::fs::write(&file, r#""DockerRun""#).unwrap();
    let session =
        flowrun_at(&sandbox, &[&START[..], &["--run-config", file.to_str().unwrap()]].concat()).await;
    assert_session("run_config_no_object", &session.without(folder.path().to_str().unwrap(), "FOLDER"));
}

#[tokio::test]
async fn a_dry_run_schedules_nothing() {
    let (sandbox, _) = with_flow().await;
    let start =
        [&START[..], &["--dry-run", "--param", "a=1.10", "--at", "2030-01-01T00:00:00+01:00"]].concat();
    assert_session("dry_run", &flowrun_at(&sandbox, &start).await);
    let more = [&start[..], &["--label", "us", "--output", "json"]].concat();
    assert_session("dry_run_json", &flowrun_at(&sandbox, &more).await);
    let wrong = [&START[..], &["--dry-run", "--param", "c=1"]].concat();
    assert_session("dry_run_undeclared", &flowrun_at(&sandbox, &wrong).await);
    assert!(sandbox.flow_runs().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_user_is_warned_when_no_agent_would_take_the_run() {
    let (sandbox, _) = with_flow().await;
    let start = ["start", "Load"];
    assert_session("no_agent", &flowrun_at(&sandbox, &start).await);
    start_agent(&sandbox, &["gpu", "eu"]).await;
    assert_eq!(flowrun_at(&sandbox, &start).await.stderr, "");
    assert_session("no_agent_of_the_label", &flowrun_at(&sandbox, &["start", "Load", "--label", "us"]).await);

    sandbox.faults().add(FaultRule::new(Fault::Garbage).root_field("agent").always());
    let Session { code, stderr, .. } = flowrun_at(&sandbox, &start).await;
    assert_eq!((code, stderr.contains("error")), (Some(0), false), "{stderr}");
}

/// An agent that has just asked for runs, as the real one does.
async fn start_agent(sandbox: &Sandbox, labels: &[&str]) {
    let tenant = sandbox.default_tenant();
    let input = json!({ "tenant_id": tenant, "type": "LocalAgent", "name": "a", "labels": labels });
    let id = mutate(sandbox, "", "register_agent", input, "id").await;
    let input = json!({ "tenant_id": tenant, "labels": labels });
    mutate(sandbox, id.as_str().unwrap(), "get_runs_in_queue", input, "flow_run_ids").await;
}

async fn mutate(sandbox: &Sandbox, agent: &str, name: &str, input: Value, field: &str) -> Value {
    install_crypto_provider();
    let builder = Transport::builder(sandbox.url().parse().unwrap());
    let transport = builder.header("X-PREFECT-AGENT-ID", agent).build().unwrap();
    let query = format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {field} }} }}");
    let request = transport.request("agent", &json!({ "query": query, "variables": { "input": input } }));
    let answer = transport.execute::<Value>(&request.unwrap()).await.unwrap().into_result().unwrap();
    answer[name][field].clone()
}
