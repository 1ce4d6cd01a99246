//! The proof of compatibility: the real Python client and agent of Prefect 1.4.1 against the
//! sandbox, beside our program.

use std::sync::Arc;
use std::time::Duration;

use prefect_client::FlowRunId;
use prefect_sandbox::Sandbox;

use crate::support::python::Python;
use crate::support::{Session, blocking, flowrun};

const PROJECT: &str = "E2E";

fn start(url: &str, flow: &str, more: &[&str]) -> Session {
    let arguments = ["start", flow, "--project", PROJECT, "--backend", "server", "--api", url];
    flowrun(&[&arguments[..], &["--wait", "--timeout", "3m"], more].concat())
}

fn register(python: &Python, file: &str) -> String {
    python.prefect(&["register", "--project", PROJECT, "--path", file])
}

#[tokio::test(flavor = "multi_thread")]
async fn real_flows_are_registered_run_and_cancelled() {
    let sandbox = Sandbox::start().await.unwrap();
    let python = Arc::new(
        blocking({
            let url = sandbox.url();
            move || Python::with_api(&url)
        })
        .await,
    );
    let with_python = |work: fn(&Python, &str)| {
        let (python, url) = (Arc::clone(&python), sandbox.url());
        blocking(move || work(&python, &url))
    };
    with_python(registers_versions).await;
    let agent = python.agent();
    with_python(runs_flows).await;
    cancels_a_running_flow(&sandbox).await;
    with_python(reads_what_happened).await;
    drop(agent);

    // tiny twice, failing, mapped, parent and its child, sleeping.
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(runs.len(), 7, "{runs:?}");
}

fn registers_versions(python: &Python, _: &str) {
    python.prefect(&["create", "project", PROJECT]);
    let first = register(python, "tiny.py");
    assert!(first.contains("Version: 1"), "{first}");
    std::fs::write(python.flows().join("VERSION"), "2").unwrap();
    let second = register(python, "tiny.py");
    assert!(second.contains("Version: 2"), "{second}");
    let third = register(python, "tiny.py");
    assert!(third.contains("Skipped"), "{third}");
    for flow in ["failing.py", "mapped.py", "child.py", "parent.py", "sleeping.py"] {
        register(python, flow);
    }
}

fn runs_flows(_: &Python, url: &str) {
    let tiny = start(url, "tiny", &["--param", "x=4", "--logs"]);
    assert_eq!(tiny.code, Some(0), "{tiny:?}");
    assert!(tiny.stdout.contains("version 2") && tiny.stdout.contains("State       Success"), "{tiny:?}");
    let shown = [
        "Scheduled Flow run scheduled.",
        "Submitted Submitted for execution",
        "Running   Running flow.",
        "INFO      prefect.CloudFlowRunner: Beginning Flow run for 'tiny'",
        "the answer is 8",
        "Success   All reference tasks succeeded.",
    ];
    for text in shown {
        assert_eq!(tiny.stdout.matches(text).count(), 1, "{text}: {tiny:?}");
    }

    let failing = start(url, "failing", &[]);
    assert_eq!(failing.code, Some(1), "{failing:?}");
    assert!(failing.stdout.contains("State       Failed"), "{failing:?}");

    for flow in ["mapped", "parent"] {
        let session = start(url, flow, &[]);
        assert_eq!(session.code, Some(0), "{session:?}");
    }
}

async fn cancels_a_running_flow(sandbox: &Sandbox) {
    let url = sandbox.url();
    let arguments = ["start", "sleeping", "--project", PROJECT, "--backend", "server", "--api", &url];
    let arguments = arguments.map(str::to_owned);
    let started = blocking(move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).chain(["--output", "id"]).collect();
        flowrun(&arguments)
    });
    let id = started.await.stdout.trim().to_owned();
    task_is_running(sandbox, &id).await;
    let follow = blocking({
        let (id, url) = (id.clone(), url.clone());
        move || flowrun(&["logs", &id, "--follow", "--output", "json", "--backend", "server", "--api", &url])
    });
    let cancel = blocking({
        let id = id.clone();
        move || flowrun(&["cancel", &id, "--wait", "--timeout", "2m", "--backend", "server", "--api", &url])
    });
    let (followed, session) = tokio::join!(follow, cancel);
    assert_eq!(followed.code, Some(0), "{followed:?}");
    let first = "Beginning Flow run for 'sleeping'";
    assert_eq!(followed.stdout.matches(first).count(), 1, "{followed:?}");
    let lines = sandbox.logs(id.parse().unwrap()).await.unwrap().len();
    assert_eq!(followed.stdout.lines().count(), lines, "{followed:?}");
    assert_eq!(session.code, Some(0), "{session:?}");
    assert!(session.stdout.contains("State       Cancelled"), "{session:?}");
    let task_runs = sandbox.task_runs(id.parse().unwrap()).await.unwrap();
    let states: Vec<_> = task_runs.iter().map(|run| run.state.as_deref()).collect();
    assert_eq!(states, [Some("Cancelled")]);
}

/// Returns when a task of a run is running; it has two minutes to get there.
async fn task_is_running(sandbox: &Sandbox, id: &str) {
    let running = async {
        loop {
            let task_runs = sandbox.task_runs(id.parse().unwrap()).await.unwrap();
            if task_runs.iter().any(|run| run.state.as_deref() == Some("Running")) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(120), running).await;
    assert!(in_time.is_ok(), "no task of the run {id} gets to run");
}

fn reads_what_happened(python: &Python, _: &str) {
    let flows = python.prefect(&["get", "flows", "--all-versions", "--name", "tiny"]);
    assert!(flows.contains("tiny"), "{flows}");
    let run = python.prefect(&["run", "--name", "tiny", "--project", PROJECT, "--watch"]);
    assert!(run.contains("Success") && run.contains("the answer is 42"), "{run}");
    let runs = python.prefect(&["get", "flow-runs", "--flow", "tiny"]);
    assert!(runs.contains("Success"), "{runs}");
    let described = python.prefect(&["describe", "flows", "--name", "tiny"]);
    assert!(described.contains("tiny"), "{described}");
    let id = runs.split_whitespace().find(|word| word.parse::<FlowRunId>().is_ok()).unwrap();
    let logs = python.prefect(&["get", "logs", "--id", id]);
    assert!(logs.contains("Beginning Flow run"), "{logs}");
}
