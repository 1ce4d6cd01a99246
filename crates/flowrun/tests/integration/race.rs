//! Processes that schedule with the same key at the same time.

use std::process::Stdio;

use tempfile::TempDir;

use crate::support::{SandboxProcess, at, flowrun, program};

const PROCESSES: usize = 4;

#[test]
fn processes_that_race_with_one_key_make_one_run() {
    let home = TempDir::new().unwrap();
    let database = home.path().join("sandbox.db");
    let sandbox = SandboxProcess::start(&["--db", &database.to_string_lossy()]);
    let start = ["start", "My Cloud Flow", "--param", "name=Ada", "--idempotency-key", "k", "--output", "id"];
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| program(home.path()).args(at(&sandbox.url, &start)).stdout(Stdio::piped()).spawn().unwrap())
        .collect();
    let told: Vec<_> = processes
        .into_iter()
        .map(|process| {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        })
        .collect();
    let listed = flowrun(&at(&sandbox.url, &["list", "--output", "id"]));
    assert_eq!(listed.stdout.lines().count(), 1, "{listed:?}");
    assert_eq!(told, vec![listed.stdout; PROCESSES]);
}
