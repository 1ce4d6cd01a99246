//! `flowrun sandbox`: a server in a process of its own.

use crate::support::{SandboxProcess, assert_session, flowrun};

fn schedule(url: &str, key: &str) -> String {
    let arguments = ["start", "My Cloud Flow", "--backend", "server", "--api", url];
    let more = ["--param", "name=Ada", "--idempotency-key", key, "--output", "id"];
    let session = flowrun(&[&arguments[..], &more].concat());
    assert_eq!(session.code, Some(0), "{}", session.stderr);
    session.stdout
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.db");
    let file = file.to_str().unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..3 {
        let sandbox = SandboxProcess::start(&["--db", file]);
        // With a key that is known, the run that comes back is the one of an earlier process.
        for (number, id) in acknowledged.iter().enumerate() {
            assert_eq!(schedule(&sandbox.url, &format!("key-{number}")), *id, "after {round} kills");
        }
        acknowledged.push(schedule(&sandbox.url, &format!("key-{}", acknowledged.len())));
        sandbox.kill();
    }
}

#[test]
fn the_agent_runs_what_is_scheduled() {
    let sandbox = SandboxProcess::start(&["--agent"]);
    let arguments = ["start", "My Cloud Flow", "--backend", "server", "--api", &sandbox.url];
    let session = flowrun(&[&arguments[..], &["--param", "name=Ada", "--wait"]].concat());
    assert_eq!(session.code, Some(0), "{}", session.stderr);
    assert!(session.stdout.contains("State       Success"), "{}", session.stdout);
}

#[test]
fn an_agent_that_simulates_says_so() {
    let simulates = "simulates runs: no task is executed";
    assert!(SandboxProcess::start(&["--agent"]).kill().contains(simulates));
    assert!(!SandboxProcess::start(&[]).kill().contains(simulates));
    assert!(SandboxProcess::start(&["--agent", "-v"]).kill().contains("it executes no task"));
}

#[test]
fn what_cannot_be_served_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database, and to be left as it is").unwrap();
    let session = flowrun(&["sandbox", "--listen", "127.0.0.1:0", "--db", file.to_str().unwrap()]);
    assert_session("not_a_database", &session.without(folder.path().to_str().unwrap(), "FOLDER"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a database, and to be left as it is");

    assert_session("remote_address", &flowrun(&["sandbox", "--listen", "0.0.0.0:0"]));
}

#[test]
fn other_machines_are_let_in_with_a_warning_alone() {
    let warning = "Other machines can reach it";
    assert!(SandboxProcess::listening("0.0.0.0:0", &["--allow-remote"]).kill().contains(warning));
    assert!(!SandboxProcess::start(&["--allow-remote"]).kill().contains(warning));
}
