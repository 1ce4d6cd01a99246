//! `flowrun start`: what it prints, its exit codes, and what it sends.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use prefect_sandbox::{CloudMode, Fault, FaultRule, FlowSpec, Sandbox};
use serde_json::Value;

use crate::support::{self, assert_session, flowrun, flowrun_aside, flowrun_at, flowrun_with};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const START: [&str; 4] = ["start", "My Cloud Flow", "--project", "My Cloud Project"];

fn start(more: &[&str]) -> support::Session {
    flowrun(&[&START[..], more].concat())
}

async fn sample() -> Sandbox {
    Sandbox::builder().sample_flow(true).start().await.unwrap()
}

#[test]
fn the_main_job() {
    assert_session("the_main_job", &start(&["--param", "name=Ada", "--sandbox", "--wait"]));
}

#[test]
fn a_run_fails_when_its_parameter_says_so() {
    assert_session(
        "failed_as_told",
        &start(&["--param", "name=Ada", "--param", "fail=true", "--sandbox", "--wait"]),
    );
}

#[test]
fn as_json_there_is_one_object_and_nothing_else() {
    let session = start(&["--param", "name=Ada", "--sandbox", "--wait", "--output", "json"]);
    let object: Value = serde_json::from_str(&session.stdout).unwrap();
    for (key, expected) in [
        ("flow_version", Value::from(2)),
        ("state", "Success".into()),
        ("project_name", "My Cloud Project".into()),
    ] {
        assert_eq!(object[key], expected, "{key}");
    }
    for key in ["flow_run_id", "flow_id", "idempotency_key"] {
        assert!(object[key].is_string(), "{key}");
    }
    assert_session("as_json", &session);
}

#[test]
fn as_id_there_is_the_id_and_nothing_else() {
    assert_session("as_id", &start(&["--param", "name=Ada", "--sandbox", "--wait", "--output", "id"]));
}

#[test]
fn an_unknown_flow_says_what_there_is() {
    assert_session(
        "unknown_flow",
        &flowrun(&["start", "My Clout Flow", "--project", "My Cloud Project", "--sandbox"]),
    );
    assert_session("unknown_project", &flowrun(&["start", "My Cloud Flow", "--project", "zzz", "--sandbox"]));
}

#[tokio::test]
async fn without_a_required_parameter_nothing_is_scheduled() {
    let sandbox = sample().await;
    let session = flowrun_at(&sandbox, &[&START[..], &["--param", "nmae=Ada"]].concat()).await;
    assert_eq!(session.code, Some(2));
    assert!(session.stderr.contains("required but not given: name"), "{}", session.stderr);
    assert!(sandbox.flow_runs().await.unwrap().is_empty());
    assert_session("missing_parameter", &start(&["--sandbox"]));
}

#[tokio::test]
async fn a_run_without_a_wait_is_two_requests_on_one_connection_and_one_for_the_warning() {
    let sandbox = sample().await;
    let start = [&START[..], &["--param", "name=Ada"]].concat();
    for arguments in [[&start[..], &["-q"]].concat(), start] {
        let session = flowrun_at(&sandbox, &arguments).await;
        assert_eq!(session.code, Some(0), "{}", session.stderr);
    }
    let requests = sandbox.requests();
    let fields: Vec<_> = requests.iter().flat_map(|request| &request.root_fields).collect();
    assert_eq!(fields, ["flow", "create_flow_run", "flow", "create_flow_run", "agent"]);
    let requests = &requests[..2];
    assert_eq!(requests.iter().map(|request| request.connection).collect::<BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn a_key_given_twice_is_one_run() {
    let sandbox = sample().await;
    let arguments =
        [&START[..], &["--param", "name=Ada", "--idempotency-key", "k", "--output", "id"]].concat();
    let first = flowrun_at(&sandbox, &arguments).await;
    let second = flowrun_at(&sandbox, &arguments).await;
    assert_eq!((first.code, first.stdout), (Some(0), second.stdout));
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_that_does_not_succeed_is_exit_code_1() {
    let sandbox = sample().await;
    let watched = async {
        let run = loop {
            match sandbox.flow_runs().await.unwrap().pop() {
                Some(run) => break run,
                None => tokio::task::yield_now().await,
            }
        };
        sandbox.set_flow_run_state(run.id, "Failed", "Some reference tasks failed.").await.unwrap();
    };
    let arguments = [&START[..], &["--param", "name=Ada", "--wait", "-q"]].concat();
    let (session, ()) = tokio::join!(flowrun_at(&sandbox, &arguments), watched);
    assert_session("failed_run", &session);
}

#[tokio::test]
async fn a_wait_that_runs_out_of_time_still_tells_the_id() {
    let sandbox = sample().await;
    let arguments = [&START[..], &["--param", "name=Ada", "--wait", "--timeout", "1s"]].concat();
    assert_session("timed_out", &flowrun_at(&sandbox, &arguments).await);
    let arguments = [&arguments[..], &["--output", "json"]].concat();
    let session = flowrun_at(&sandbox, &arguments).await;
    let object: Value = serde_json::from_str(&session.stdout).unwrap();
    assert!(object["flow_run_id"].is_string() && object["state"].is_null());
    assert_eq!(session.code, Some(6));
}

#[tokio::test]
async fn a_warning_that_is_late_puts_no_wait_off() {
    let sandbox = sample().await;
    let forever = Fault::Delay(Duration::from_secs(3600));
    sandbox.faults().add(FaultRule::new(forever).root_field("agent").always());
    let begun = Instant::now();
    let arguments = [&START[..], &["--param", "name=Ada", "--wait", "--timeout", "100ms"]].concat();
    let session = flowrun_at(&sandbox, &arguments).await;
    assert_eq!(session.code, Some(6), "{session:?}");
    // The program gives up an answer after a minute.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_ambiguous_flow_lists_its_projects() {
    let sandbox = sample().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Other").await.unwrap();
    sandbox.register_flow(FlowSpec::new(project, "My Cloud Flow")).await.unwrap();
    assert_session("ambiguous", &flowrun_at(&sandbox, &["start", "My Cloud Flow"]).await);
}

#[test]
fn bad_usage_is_exit_code_2() {
    for (name, arguments) in [
        ("no_flow", &["start"][..]),
        ("bad_parameter", &["start", "F", "--param", "a"]),
        ("open_parameter", &["start", "F", "--param", "a={"]),
        ("parameter_twice", &["start", "F", "--param", "a=1", "--param", "a=2"]),
        ("timeout_without_wait", &["start", "F", "--timeout", "1s"]),
        ("bad_timeout", &["start", "F", "--wait", "--timeout", "soon"]),
        ("bad_address", &["start", "F", "--api", "localhost:4200"]),
        ("bad_backend", &["start", "F", "--backend", "moon"]),
        ("bad_tenant", &["start", "F", "--tenant-id", "moon"]),
        ("no_project_on_cloud", &["start", "F"]),
        ("insecure_key", &["start", "F", "-p", "P", "--api", "http://192.0.2.1", "--api-key", "hunter2"]),
        ("two_references", &["start", "F", "--flow-id", NOBODY]),
        ("project_of_an_id", &["start", "--flow-id", NOBODY, "--project", "P"]),
        ("bad_time", &["start", "F", "--at", "tomorrow"]),
        ("time_twice", &["start", "F", "--at", "2026-11-24T20:00:00Z", "--in", "10m"]),
        ("context_twice", &["start", "F", "--context", "a=1", "--context", "a=2"]),
        ("no_params_file", &["start", "F", "--params-file", "nowhere.json"]),
        ("conflict_across_the_command", &["--api", "http://a", "start", "F", "--sandbox"]),
        ("dry_wait", &["start", "F", "--dry-run", "--wait"]),
        ("help", &["start", "--help"]),
    ] {
        let session = flowrun(arguments);
        assert!(!format!("{}{}", session.stdout, session.stderr).contains("hunter2"), "{name}");
        assert_session(name, &session);
    }
}

#[test]
fn a_server_that_is_not_there_is_exit_code_5() {
    let session = flowrun(&["start", "F", "--backend", "server", "--api", "http://127.0.0.1:1", "-q"]);
    assert_session("refused", &session);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_known_is_exit_code_7_and_tells_the_key() {
    let sandbox = sample().await;
    for field in ["create_flow_run", "flow_run"] {
        sandbox.faults().add(FaultRule::new(Fault::Drop).root_field(field).always().after_commit());
    }
    let arguments = [&START[..], &["--param", "name=Ada", "-q"]].concat();
    assert_session("outcome_unknown", &flowrun_at(&sandbox, &arguments).await);
    // It was scheduled; with what the hint says, the same run comes back.
    sandbox.faults().clear();
    let run = sandbox.flow_runs().await.unwrap().remove(0);
    let key = run.idempotency_key.unwrap();
    let again = ["start", "--flow-id", &run.flow_id.to_string(), "--param", "name=Ada", "--output", "id"];
    let again = [&again[..], &["--idempotency-key", &key]].concat();
    assert_eq!(flowrun_at(&sandbox, &again).await.stdout.trim(), run.id.to_string());
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn with_what_the_hint_says_the_run_of_an_archived_version_comes_back() {
    let sandbox = sample().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Nightly").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "Load")).await.unwrap().flow_id;
    let id = flow.to_string();
    let of_key = |key| ["start", "--flow-id", &id, "--output", "id", "--idempotency-key", key];
    let first = flowrun_at(&sandbox, &of_key("k")).await;
    sandbox.archive_flow(flow).await.unwrap();
    // There is no warning about agents: nobody knows the labels.
    let again = flowrun_at(&sandbox, &of_key("k")).await;
    assert_eq!((again.code, again.stdout, &*again.stderr), (Some(0), first.stdout, ""));
    // Of another key there is no run, and there will be none.
    for (name, session) in [
        ("archived_version", flowrun_at(&sandbox, &of_key("other")).await),
        ("archived_version_without_a_key", flowrun_at(&sandbox, &["start", "--flow-id", &id]).await),
    ] {
        assert_session(name, &session);
    }
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_not_known_is_exit_code_4() {
    let cloud = CloudMode::new().api_key("key-1", "default");
    let sandbox = Sandbox::builder().sample_flow(true).cloud(cloud).start().await.unwrap();
    let url = sandbox.url();
    let at = [&START[..], &["--param", "name=Ada", "--backend", "cloud", "--api", &url]].concat();
    let refused = flowrun_aside(&[&at[..], &["--api-key", "key-2"]].concat()).await;
    assert!(!refused.stderr.contains("key-2"), "{}", refused.stderr);
    assert_session("not_authorised", &refused.without("key-2", "KEY"));
    assert_eq!(flowrun_aside(&[&at[..], &["--api-key", "key-1"]].concat()).await.code, Some(0));
}

#[tokio::test]
async fn the_configuration_of_prefects_client_is_used() {
    let sandbox = sample().await;
    let url = sandbox.url();
    let environment = [("PREFECT__BACKEND", "server".to_owned()), ("PREFECT__SERVER__ENDPOINT", url)];
    let session = tokio::task::spawn_blocking(move || {
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        flowrun_with(&environment, &["start", "My Cloud Flow", "--param", "name=Ada", "--output", "id"])
    })
    .await
    .unwrap();
    assert_eq!(session.code, Some(0), "{}", session.stderr);
    assert_eq!(sandbox.flow_runs().await.unwrap()[0].id.to_string(), session.stdout.trim());
}
