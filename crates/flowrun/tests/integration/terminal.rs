//! What is different on a terminal, and how the program ends from outside: Ctrl-C, and a reader that goes.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use prefect_sandbox::{Fault, FaultRule, Sandbox};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::terminal::on_terminal;
use crate::support::{Session, assert_session, at, program, scheduled};

const START: [&str; 6] = ["start", "My Cloud Flow", "--param", "name=Ada", "--sandbox", "--wait"];

async fn sample() -> Sandbox {
    Sandbox::builder().sample_flow(true).start().await.unwrap()
}

async fn on_terminal_at(sandbox: &Sandbox, arguments: &[&str]) -> Session {
    let url = sandbox.url();
    let arguments: Vec<_> = at(&url, arguments).into_iter().map(str::to_owned).collect();
    let run = move || on_terminal(&[], &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[test]
fn a_terminal_has_colours() {
    assert_session("terminal_start", &on_terminal(&[], &START));
    // A state and a line of the same moment may come in either order.
    let logs = on_terminal(&[], &[&START[..], &["--logs"]].concat());
    assert!(logs.stdout.contains("␛[36mRunning  ␛[0m Running flow."), "{logs:?}");
    assert_session("terminal_error", &on_terminal(&[], &["start", "F", "--sandbox"]));
    assert_session("terminal_usage", &on_terminal(&[], &["show", "moon"]));
    let json = on_terminal(&[], &[&START[..], &["--output", "json"]].concat());
    assert!(!json.stdout.contains('␛'), "{json:?}");
}

#[test]
fn no_color_takes_them_away() {
    for arguments in [&START[..], &["start", "F", "--sandbox"], &["show", "moon"]] {
        let session = on_terminal(&[("NO_COLOR", "1")], arguments);
        assert!(!session.stdout.contains('␛') && !session.stderr.contains('␛'), "{session:?}");
    }
}

#[tokio::test]
async fn a_terminal_has_tables_and_warnings() {
    let sandbox = sample().await;
    let id = scheduled(&sandbox, &["--run-name", "greet-ada"]).await;
    sandbox.write_log(id.parse().unwrap(), "WARNING", "look", None).await.unwrap();
    assert_session("terminal_list", &on_terminal_at(&sandbox, &["list"]).await);
    assert_session("terminal_show", &on_terminal_at(&sandbox, &["show", &id]).await);
    assert_session("terminal_logs", &on_terminal_at(&sandbox, &["logs", &id]).await);
    let start = ["start", "My Cloud Flow", "--param", "name=Ada"];
    assert_session("terminal_warning", &on_terminal_at(&sandbox, &start).await);
}

/// Runs the program until the server has a request for `field`, which it does not answer, and ends it with Ctrl-C.
async fn interrupted(sandbox: &Sandbox, field: &str, command: &[&str]) -> Session {
    let forever = Fault::Delay(Duration::from_secs(3600));
    sandbox.faults().add(FaultRule::new(forever).root_field(field).always());
    let url = sandbox.url();
    let arguments = at(&url, command);
    let home = TempDir::new().unwrap();
    let mut program = program(home.path());
    program.args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let before = sandbox.requests().len();
    let child = program.spawn().unwrap();
    while !sandbox
        .requests()
        .iter()
        .skip(before)
        .any(|request| request.root_fields.iter().any(|root| root == field))
    {
        tokio::task::yield_now().await;
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    sandbox.faults().clear();
    Session::new(&arguments, output)
}

#[tokio::test]
async fn ctrl_c_ends_the_wait_and_not_the_run() {
    let sandbox = sample().await;
    let id = scheduled(&sandbox, &[]).await;
    let start = ["start", "My Cloud Flow", "--param", "name=Ada", "--wait", "-q"];
    for (name, field, arguments) in [
        ("interrupted_start", "flow_run", &start[..]),
        ("interrupted_wait", "flow_run", &["wait", &id]),
        ("interrupted_wait_logs", "flow_run", &["wait", &id, "--logs"]),
        ("interrupted_follow", "flow_run", &["logs", &id, "--follow"]),
    ] {
        let session = interrupted(&sandbox, field, arguments).await;
        assert_eq!(session.code, Some(130), "{session:?}");
        assert_session(name, &session);
    }
    let states = sandbox.flow_runs().await.unwrap().into_iter().map(|run| run.state.unwrap());
    assert!(states.eq(["Scheduled", "Scheduled"]));

    sandbox.set_flow_run_state(id.parse().unwrap(), "Running", "").await.unwrap();
    assert_session(
        "interrupted_cancel",
        &interrupted(&sandbox, "flow_run", &["cancel", &id, "--wait"]).await,
    );
}

#[tokio::test]
async fn ctrl_c_while_more_of_the_log_may_come_tells_that_the_run_is_finished() {
    let sandbox = sample().await;
    let id = scheduled(&sandbox, &[]).await;
    sandbox.set_flow_run_state(id.parse().unwrap(), "Success", "All is well.").await.unwrap();
    sandbox.write_log(id.parse().unwrap(), "INFO", "the last line", None).await.unwrap();
    for (name, arguments) in [
        ("interrupted_wait_logs_finished", ["wait", &id, "--logs"]),
        ("interrupted_follow_finished", ["logs", &id, "--follow"]),
    ] {
        let session = interrupted_after(&sandbox, "the last line", &arguments).await;
        assert_session(name, &session);
    }
}

/// Runs the program until it has written a line with `text`, and ends it with Ctrl-C soon after.
async fn interrupted_after(sandbox: &Sandbox, text: &'static str, command: &[&str]) -> Session {
    let url = sandbox.url();
    let home = TempDir::new().unwrap();
    let mut program = program(home.path());
    program.args(at(&url, command)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let output = tokio::task::spawn_blocking(move || {
        assert!(stdout.lines().any(|line| line.unwrap().contains(text)));
        // What is between the line and the wait for more takes far less, and the wait far more.
        std::thread::sleep(Duration::from_secs(1));
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        child.wait_with_output().unwrap()
    });
    // No address and no times: what was written before Ctrl-C is not at issue.
    Session::new(command, output.await.unwrap())
}

#[test]
fn ctrl_c_ends_a_sandbox_with_its_run() {
    let home = TempDir::new().unwrap();
    let mut program = program(home.path());
    program.args(START).args(["--in", "1h"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let session = Session::new(&START, child.wait_with_output().unwrap());
    assert!(session.stderr.contains("is gone with its sandbox"), "{session:?}");
    assert_eq!(session.code, Some(130));
}

#[tokio::test]
async fn ctrl_c_while_scheduling_tells_how_to_settle_it() {
    let sandbox = sample().await;
    let start = ["start", "My Cloud Flow", "--param", "name=Ada", "--at", "2030-01-01T00:00:00Z"];
    assert_session("interrupted_scheduling", &interrupted(&sandbox, "create_flow_run", &start).await);
}

#[tokio::test]
async fn a_reader_that_goes_ends_the_program_quietly() {
    let sandbox = sample().await;
    let id = scheduled(&sandbox, &[]).await;
    sandbox.write_log(id.parse().unwrap(), "INFO", "hello", None).await.unwrap();
    let url = sandbox.url();
    for arguments in
        [&["list"][..], &["show", &id], &["logs", &id], &["logs", &id, "--follow"], &["completions", "bash"]]
    {
        let home = TempDir::new().unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = program(home.path());
        program.args(at(&url, arguments)).stdout(writer);
        let output = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
        let session = Session::new(arguments, output);
        assert_eq!((session.code, &*session.stderr), (Some(141), ""), "{session:?}");
    }
}

/// The program's standard output is a pipe whose reader is gone.
fn to_nobody(arguments: &[&str]) -> Session {
    let home = TempDir::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Session::new(arguments, program(home.path()).args(arguments).stdout(writer).output().unwrap())
}

/// The program's standard output is a device that is full.
#[cfg(target_os = "linux")]
fn to_full_device(arguments: &[&str]) -> Session {
    let home = TempDir::new().unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    Session::new(arguments, program(home.path()).args(arguments).stdout(full).output().unwrap())
}

#[test]
fn a_run_that_standard_output_cannot_tell_of_is_told_of_on_standard_error() {
    for arguments in [&START[..], &START[..START.len() - 1], &[&START[..], &["--output", "json"]].concat()] {
        let session = to_nobody(arguments);
        assert_eq!(session.code, Some(141), "{session:?}");
        assert!(session.stderr.contains(" was scheduled, and standard output cannot"), "{session:?}");
    }
    assert_session("untold_to_nobody", &to_nobody(&START));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_told_of() {
    assert_session("untold_to_full_device", &to_full_device(&START));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("runs.jsonl");
    std::fs::write(&file, "nonsense\n").unwrap();
    let session = to_full_device(&["batch", file.to_str().unwrap(), "--sandbox", "-q"]);
    assert_session("batch_to_full_device", &session.without(folder.path().to_str().unwrap(), "FOLDER"));
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    for (arguments, code) in [(&["start", "F", "--sandbox", "-vvv"][..], 3), (&START, 0)] {
        let home = TempDir::new().unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = program(home.path()).args(arguments).stdout(Stdio::null()).stderr(writer).status();
        assert_eq!(status.unwrap().code(), Some(code), "{arguments:?}");
    }
}
