//! The proof of compatibility: the real Python client and agent of Prefect 1.4.1 against the
//! sandbox, beside our program.

#![allow(clippy::unwrap_used)]

mod support;

use prefect_sandbox::Sandbox;
use support::python::Python;
use support::{Session, flowrun};

const PROJECT: &str = "E2E";

/// Blocking work, off the sandbox's runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn start(url: &str, flow: &str, more: &[&str]) -> Session {
    let arguments = ["start", flow, "--project", PROJECT, "--backend", "server", "--api", url];
    flowrun(&[&arguments[..], &["--wait", "--timeout", "3m"], more].concat())
}

fn register(python: &Python, file: &str) -> String {
    python.prefect(&["register", "--project", PROJECT, "--path", file])
}

#[tokio::test(flavor = "multi_thread")]
async fn real_flows_are_registered_and_run() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.url();
    blocking(move || {
        let python = Python::with_api(&url);
        python.prefect(&["create", "project", PROJECT]);

        let first = register(&python, "tiny.py");
        assert!(first.contains("Version: 1"), "{first}");
        std::fs::write(python.flows().join("VERSION"), "2").unwrap();
        let second = register(&python, "tiny.py");
        assert!(second.contains("Version: 2"), "{second}");
        let third = register(&python, "tiny.py");
        assert!(third.contains("Skipped"), "{third}");
        for flow in ["failing.py", "mapped.py", "child.py", "parent.py"] {
            register(&python, flow);
        }

        let _agent = python.agent();
        let tiny = start(&url, "tiny", &["--param", "x=4"]);
        assert_eq!(tiny.code, Some(0), "{tiny:?}");
        assert!(tiny.stdout.contains("version 2") && tiny.stdout.contains("State     Success"), "{tiny:?}");

        let failing = start(&url, "failing", &[]);
        assert_eq!(failing.code, Some(1), "{failing:?}");
        assert!(failing.stdout.contains("State     Failed"), "{failing:?}");

        for flow in ["mapped", "parent"] {
            let session = start(&url, flow, &[]);
            assert_eq!(session.code, Some(0), "{session:?}");
        }

        let flows = python.prefect(&["get", "flows", "--all-versions", "--name", "tiny"]);
        assert!(flows.contains("tiny"), "{flows}");
        let run = python.prefect(&["run", "--name", "tiny", "--project", PROJECT, "--watch"]);
        assert!(run.contains("Success") && run.contains("the answer is 42"), "{run}");
        let runs = python.prefect(&["get", "flow-runs", "--flow", "tiny"]);
        assert!(runs.contains("Success"), "{runs}");
        let described = python.prefect(&["describe", "flows", "--name", "tiny"]);
        assert!(described.contains("tiny"), "{described}");
    })
    .await;
    let runs = sandbox.flow_runs().await.unwrap();
    // tiny twice, failing, mapped, parent and its child.
    assert_eq!(runs.len(), 6);
    assert!(runs.iter().all(|run| matches!(run.state.as_deref(), Some("Success" | "Failed"))), "{runs:?}");
}
