//! `flowrun batch`: its results, its errors, and that nothing is scheduled twice however it ends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command};
use std::time::Duration;

use prefect_sandbox::{CloudMode, Fault, FaultRule, FlowSpec, Sandbox};
use serde_json::Value;

use crate::support::batch::{Scene, kill, register, results, session, with_project};
use crate::support::{self, Session, assert_session, flowrun, program};

async fn ended(arguments: &[&str], child: Child) -> Session {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    session(arguments, output)
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

/// So many lines for the sample flow, each with a parameter of its own.
fn lines(count: usize) -> String {
    (1..=count).map(|n| line(&format!("Ada {n}"))).collect()
}

fn line(name: &str) -> String {
    format!("{{\"flow\": \"My Cloud Flow\", \"parameters\": {{\"name\": \"{name}\"}}}}\n")
}

/// Asserts that there is a result for each line, in order, each with a run of its own that is stored
/// with the name in the line, and that there are no other runs.
async fn assert_each_once(scene: &Scene, session: &Session, count: usize) {
    assert_eq!(session.code, Some(0), "{}", session.stderr);
    let results = results(session);
    let numbers: Vec<_> = results.iter().map(|result| result["line"].as_u64().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=count as u64), "{numbers:?}");
    let stored = scene.sandbox.flow_runs().await.unwrap();
    assert_eq!(stored.len(), count);
    let ids: BTreeSet<_> = results.iter().map(|result| result["flow_run_id"].to_string()).collect();
    assert_eq!(ids.len(), count);
    for run in stored {
        let result = results.iter().find(|result| result["flow_run_id"] == run.id.to_string()).unwrap();
        let parameters: Value = serde_json::from_str(run.parameters.get()).unwrap();
        assert_eq!(parameters["name"], format!("Ada {}", result["line"]));
        assert_eq!(result["idempotency_key"].as_str(), run.idempotency_key.as_deref());
    }
}

#[tokio::test]
async fn a_result_for_each_line() {
    let scene = Scene::new(&format!(
        "{}\n   \n{}{}{}",
        line("Ada").trim_end(),
        r#"{"flow": "My Cloud Flow", "project": "My Cloud Project", "parameters": {"name": 1.10, "greeting": 1e400}, "#,
        r#""context": {"b": 1, "a": 12345678901234567890}, "labels": ["gpu"], "run_name": "third", "#,
        r#""run_config": {"type": "UniversalRun"}, "at": "2030-01-01T01:00:00+01:00", "idempotency_key": "k"}"#,
    ))
    .await;
    let session = scene.batch(&["runs.jsonl"]).await;
    assert_session("batch", &session);
    let runs = scene.sandbox.flow_runs().await.unwrap();
    let third = &results(&session)[1];
    let run = runs.iter().find(|run| third["flow_run_id"] == run.id.to_string()).unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(run.parameters.get(), r#"{"name": 1.10, "greeting": 1e400}"#);
    assert_eq!(run.context.as_ref().unwrap().get(), r#"{"b": 1, "a": 12345678901234567890}"#);
    assert_eq!(run.run_config.as_ref().unwrap().get(), r#"{"type": "UniversalRun"}"#);
    assert_eq!((run.name.as_str(), &run.labels[..]), ("third", &["gpu".to_owned()][..]));
    assert_eq!(run.idempotency_key.as_deref(), Some("k"));
    assert!(run.scheduled_start_time.starts_with("2030-01-01T00:00:00"), "{}", run.scheduled_start_time);
}

#[tokio::test]
async fn a_failed_line_stops_nothing() {
    let scene = Scene::new(&format!(
        "nonsense\n{{\"flow\": \"My Cloud Flow\", \"params\": {{}}}}\n{}{}{}{}{}{}{}",
        "{\"flow\": \"My Cloud Flow\", \"parameters\": {\"nmae\": \"Ada\"}}\n",
        "{\"flow\": \"My Clout Flow\"}\n",
        "{\"flow_group_id\": \"00000000-0000-0000-0000-000000000000\"}\n",
        "{\"flow\": \"Twice\"}\n",
        line("too large"),
        line("lost"),
        line("Ada"),
    ))
    .await;
    let tenant = scene.sandbox.default_tenant();
    for project in ["One", "Two"] {
        let project = scene.sandbox.create_project(tenant, project).await.unwrap();
        scene.sandbox.register_flow(FlowSpec::new(project, "Twice")).await.unwrap();
    }
    let fault = Fault::Status { status: 413, retry_after: None };
    scene.sandbox.faults().add(FaultRule::new(fault).root_field("create_flow_run"));
    // Not sent again: the server says that it cannot do this.
    for field in ["create_flow_run", "flow_run"] {
        let fault = Fault::Status { status: 501, retry_after: None };
        scene.sandbox.faults().add(FaultRule::new(fault).root_field(field));
    }
    let session = scene.batch(&["runs.jsonl", "--in-flight", "1"]).await;
    assert_session("batch_errors", &session);
    assert_eq!(scene.runs().await, 1);
}

#[tokio::test]
async fn when_no_line_fails_but_an_outcome_is_unknown_the_exit_code_says_so() {
    let scene = Scene::new(&lines(2)).await;
    for field in ["create_flow_run", "flow_run"] {
        let fault = Fault::Status { status: 501, retry_after: None };
        scene.sandbox.faults().add(FaultRule::new(fault).root_field(field).after_commit());
    }
    let arguments = ["runs.jsonl", "--in-flight", "1", "--resume", "journal"];
    let session = scene.batch(&arguments).await;
    assert_eq!(session.code, Some(7));
    assert_eq!(results(&session)[0]["error"]["kind"], "outcome_unknown");
    assert_eq!(scene.runs().await, 2);
    // It is settled, and what is settled out of order is known the next time.
    for _ in 0..2 {
        assert_each_once(&scene, &scene.batch(&arguments).await, 2).await;
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again() {
    let scene = Scene::new(&lines(3)).await;
    let fault = Fault::Status { status: 501, retry_after: None };
    scene.sandbox.faults().add(FaultRule::new(fault).root_field("flow"));
    let arguments = ["runs.jsonl", "--in-flight", "1", "--resume", "journal"];
    let session = scene.batch(&arguments).await;
    assert_session("batch_server", &session);
    for _ in 0..2 {
        assert_each_once(&scene, &scene.batch(&arguments).await, 3).await;
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_fails_each_line() {
    let cloud = CloudMode::new().api_key("key-1", "default");
    let sandbox = Sandbox::builder().sample_flow(true).cloud(cloud).start().await.unwrap();
    let named = line("Ada").replace("\"parameters", "\"project\": \"My Cloud Project\", \"parameters");
    let scene = Scene::at(sandbox, &format!("{named}{}", line("no project")));
    let mut command = program(scene.folder.path());
    command.current_dir(scene.folder.path()).args(["batch", "runs.jsonl", "--backend", "cloud"]);
    command.args(["--api", &scene.sandbox.url(), "--api-key", "key-2"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_session("batch_not_authorised", &session(&["runs.jsonl"], output));
}

#[tokio::test]
async fn a_flow_is_looked_up_once() {
    let scene = Scene::new(&format!("{}{}", lines(40), "{\"flow\": \"Nowhere\"}\n".repeat(10))).await;
    let session = scene.batch(&["runs.jsonl", "-q"]).await;
    assert_eq!((session.code, session.stderr.as_str()), (Some(1), ""));
    let requests = scene.sandbox.requests();
    let count = |operation: &str| {
        requests.iter().filter(|request| request.operation_name.as_deref() == Some(operation)).count()
    };
    assert_eq!((count("FindFlow"), count("CreateFlowRun"), scene.runs().await), (2, 40, 40));
    // And what there is in place of the flow that is nowhere was asked for once.
    assert_eq!(requests.len(), 43);
}

#[tokio::test]
async fn results_are_in_the_order_of_the_lines() {
    let scene = Scene::new(&lines(20)).await;
    let slow = Fault::Delay(Duration::from_millis(300));
    scene.sandbox.faults().add(FaultRule::new(slow).root_field("create_flow_run").skip(1).times(2));
    assert_each_once(&scene, &scene.batch(&["runs.jsonl", "--in-flight", "7"]).await, 20).await;
}

#[tokio::test]
async fn lines_come_from_standard_input_as_they_are_written() {
    let scene = Scene::new("").await;
    let mut child = scene.start(&["-"]);
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let told = tokio::task::spawn_blocking(move || {
        let mut results = BufReader::new(output).lines();
        let mut told = String::new();
        for n in 1..=3 {
            input.write_all(line(&format!("Ada {n}")).as_bytes()).unwrap();
            // The result is there before the next line is.
            told += &format!("{}\n", results.next().unwrap().unwrap());
        }
        told
    });
    let stdout = told.await.unwrap();
    let session = Session { stdout, ..ended(&["-"], child).await };
    assert_session("batch_stdin", &session);
    assert_each_once(&scene, &session, 3).await;
}

#[tokio::test]
async fn killed_and_gone_on_with_nothing_is_scheduled_twice() {
    const LINES: usize = 40;
    let scene = Scene::new(&lines(LINES)).await;
    let arguments = ["runs.jsonl", "--in-flight", "4", "--resume", "journal"];
    // First two that are made and never answered; then two that are sent and never made.
    for (rule, made) in [(hang().skip(5).after_commit(), 7), (hang().skip(9), 16)] {
        scene.sandbox.faults().clear();
        scene.sandbox.faults().add(rule.times(2));
        let child = scene.start(&arguments);
        scene.until_there_are(made).await;
        kill(child);
    }
    scene.sandbox.faults().clear();
    let before = scene.runs().await;
    let session = scene.batch(&arguments).await;
    assert_each_once(&scene, &session, LINES).await;
    assert!((16..LINES).contains(&before), "{before} runs were there before the last time");

    // All is recorded: the same results, and nothing is asked.
    let requests = scene.sandbox.requests().len();
    let again = scene.batch(&arguments).await;
    assert_eq!((again.stdout, again.code), (session.stdout, Some(0)));
    assert_eq!(scene.sandbox.requests().len(), requests);
}

/// An endless delay of requests that make runs.
fn hang() -> FaultRule {
    FaultRule::new(Fault::Delay(Duration::from_secs(600))).root_field("create_flow_run").always()
}

#[tokio::test]
async fn a_newer_version_since_it_was_interrupted_makes_no_second_run() {
    for made in [true, false] {
        let (scene, project) = with_project(&lines(2)).await;
        let first = register(&scene, project).await;
        let arguments = ["runs.jsonl", "--resume", "journal"];
        scene.sandbox.faults().add(if made { hang().after_commit() } else { hang() });
        let child = scene.start(&arguments);
        scene.until_journal_has(2, "{\"begun\"").await;
        scene.until_there_are(if made { 2 } else { 0 }).await;
        kill(child);
        scene.sandbox.faults().clear();
        let second = register(&scene, project).await;
        let session = scene.batch(&arguments).await;
        assert_each_once(&scene, &session, 2).await;
        let expected = if made { first } else { second };
        for result in results(&session) {
            assert_eq!(result["flow_id"], expected.flow_id.to_string(), "made: {made}");
        }
    }
}

#[tokio::test]
async fn the_version_that_took_the_place_of_an_archived_one_is_recorded() {
    let (scene, project) = with_project(&lines(2)).await;
    register(&scene, project).await;
    // Line 2 is refused for the first version, made of the second, and never answered.
    scene.sandbox.faults().add(hang().skip(2).after_commit());
    let mut child = scene.start(&["-", "--resume", "journal"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all(line("Ada 1").as_bytes()).unwrap();
    scene.until_journal_has(1, "{\"done\"").await;
    let second = register(&scene, project).await;
    input.write_all(line("Ada 2").as_bytes()).unwrap();
    scene.until_there_are(2).await;
    kill(child);
    scene.sandbox.faults().clear();
    register(&scene, project).await;
    let session = scene.batch(&["runs.jsonl", "--resume", "journal"]).await;
    assert_each_once(&scene, &session, 2).await;
    assert_eq!(results(&session)[1]["flow_id"], second.flow_id.to_string());
}

#[tokio::test]
async fn flows_are_found_by_their_ids() {
    let (scene, project) = with_project("").await;
    let flow = register(&scene, project).await;
    let input: String = [
        format!("\"flow_id\": \"{}\"", flow.flow_id),
        format!("\"flow_group_id\": \"{}\"", flow.flow_group_id),
        format!("\"version_group_id\": \"{}\"", flow.version_group_id),
    ]
    .iter()
    .enumerate()
    .map(|(n, id)| format!("{{{id}, \"parameters\": {{\"name\": \"Ada {}\"}}}}\n", n + 1))
    .collect();
    std::fs::write(scene.file("runs.jsonl"), input).unwrap();
    assert_each_once(&scene, &scene.batch(&["runs.jsonl"]).await, 3).await;
}

#[tokio::test]
async fn the_run_of_a_key_comes_back_when_its_version_is_archived() {
    let (scene, project) = with_project("").await;
    let flow = register(&scene, project).await.flow_id;
    let line = |key: &str| {
        format!(
            "{{\"flow_id\": \"{flow}\", \"parameters\": {{\"name\": \"Ada\"}}, \"idempotency_key\": \"{key}\"}}\n"
        )
    };
    std::fs::write(scene.file("runs.jsonl"), line("k")).unwrap();
    let first = scene.batch(&["runs.jsonl"]).await;
    scene.sandbox.archive_flow(flow).await.unwrap();
    std::fs::write(scene.file("runs.jsonl"), format!("{}{}", line("k"), line("other"))).unwrap();
    for _ in 0..2 {
        let again = results(&scene.batch(&["runs.jsonl", "--resume", "journal"]).await);
        assert_eq!(again[0], results(&first)[0]);
        assert_eq!(again[1]["error"]["kind"], "not_found", "{again:?}");
    }
    assert_eq!(scene.runs().await, 1);
}

#[tokio::test]
async fn a_torn_record_is_cut_off() {
    let scene = Scene::new(&lines(3)).await;
    let arguments = ["runs.jsonl", "--in-flight", "1", "--resume", "journal"];
    let first = scene.batch(&arguments).await;
    let journal = scene.journal();
    // Anywhere in the last record, which is an outcome.
    for length in (journal.rfind("{\"done\"").unwrap()..journal.len()).step_by(20) {
        std::fs::write(scene.file("journal"), &journal[..length]).unwrap();
        assert_eq!(scene.batch(&arguments).await.stdout, first.stdout, "cut at {length}");
        assert_eq!(scene.journal(), journal, "cut at {length}");
    }
    assert_eq!(scene.runs().await, 3);
    // And in the first line.
    std::fs::write(scene.file("journal"), "{\"flowrun").unwrap();
    assert_eq!(scene.batch(&arguments).await.code, Some(0));
    assert_eq!(scene.journal().lines().count(), journal.lines().count());
}

#[tokio::test]
async fn a_journal_of_other_input_is_refused() {
    let scene = Scene::new(&lines(3)).await;
    let arguments = ["runs.jsonl", "--resume", "journal"];
    scene.batch(&arguments).await;
    let requests = scene.sandbox.requests().len();
    // Lines 4 and 5 were never sent, and are not sent now.
    let (other, shorter) = (lines(5).replace("Ada 2", "Eve 2"), lines(2));
    for (name, input) in [("batch_other_input", &other), ("batch_shorter_input", &shorter)] {
        std::fs::write(scene.file("runs.jsonl"), input).unwrap();
        assert_session(name, &scene.batch(&arguments).await);
    }
    assert_eq!(scene.sandbox.requests().len(), requests);

    // What is no journal is left as it is.
    assert_session("batch_no_journal", &scene.batch(&["runs.jsonl", "--resume", "runs.jsonl"]).await);
    assert_eq!(std::fs::read_to_string(scene.file("runs.jsonl")).unwrap(), lines(2));

    // An input that has grown goes on.
    std::fs::write(scene.file("runs.jsonl"), lines(5)).unwrap();
    assert_each_once(&scene, &scene.batch(&arguments).await, 5).await;
}

#[tokio::test]
async fn one_program_at_a_time_has_the_journal() {
    let scene = Scene::new(&lines(1)).await;
    let child = scene.start(&["-", "--resume", "journal"]);
    scene.until_journal_has(1, "{").await;
    assert_session("batch_locked", &scene.batch(&["runs.jsonl", "--resume", "journal"]).await);
    kill(child);
}

#[tokio::test]
async fn ctrl_c_finishes_what_is_in_flight() {
    let scene = Scene::new("").await;
    let arguments = ["-", "--resume", "journal"];
    let slow = FaultRule::new(Fault::Delay(Duration::from_millis(300))).root_field("create_flow_run").skip(2);
    scene.sandbox.faults().add(slow);
    let mut child = scene.start(&arguments);
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines(3).as_bytes()).unwrap();
    scene.until_journal_has(3, "{\"begun\"").await;
    interrupt(&child);
    let session = ended(&arguments, child).await;
    drop(input);
    assert_session("batch_interrupted", &session);
    assert_eq!(results(&session).len(), 3);
    assert_eq!(scene.runs().await, 3);
    // The same command goes on.
    std::fs::write(scene.file("runs.jsonl"), lines(5)).unwrap();
    let session = scene.batch(&["runs.jsonl", "--resume", "journal"]).await;
    assert_each_once(&scene, &session, 5).await;
}

#[tokio::test]
async fn a_second_ctrl_c_ends_at_once() {
    let scene = Scene::new(&lines(3)).await;
    scene.sandbox.faults().add(hang().skip(1));
    let arguments = ["runs.jsonl", "--in-flight", "1"];
    let mut child = scene.start(&arguments);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    scene.until_there_are(1).await;
    while scene.sandbox.requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    interrupt(&child);
    let (first, mut stderr) = tokio::task::spawn_blocking(move || {
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        (first, stderr)
    })
    .await
    .unwrap();
    interrupt(&child);
    let mut session = ended(&arguments, child).await;
    session.stderr = first;
    std::io::Read::read_to_string(&mut stderr, &mut session.stderr).unwrap();
    assert_session("batch_abandoned", &session);
}

#[cfg(unix)]
#[tokio::test]
async fn a_terminal_has_a_progress_bar() {
    let scene = Scene::new(&format!("{}nonsense\n", lines(4))).await;
    let (file, url) = (scene.file("runs.jsonl"), scene.sandbox.url());
    let on_terminal = move |more: &[&str]| {
        let arguments = ["batch", file.to_str().unwrap(), "--backend", "server", "--api", &url];
        support::terminal::on_terminal(&[], &[&arguments[..], more].concat())
    };
    let (session, quiet) =
        tokio::task::spawn_blocking(move || (on_terminal(&[]), on_terminal(&["-q"]))).await.unwrap();
    assert!(
        session.stderr.contains(" 5/5 lines, ") && session.stderr.contains(" left, 1 failed"),
        "{session:?}"
    );
    // Its last line is not the bar's.
    assert!(session.stderr.ends_with("5 lines: 4 scheduled, 1 failed\n"), "{session:?}");
    assert_eq!((results(&session).len(), quiet.stderr.as_str()), (5, ""));
}

#[tokio::test]
async fn when_nobody_reads_the_results_it_ends_and_can_go_on() {
    let scene = Scene::new(&lines(3)).await;
    let arguments = ["runs.jsonl", "--in-flight", "1", "--resume", "journal"];
    let mut child = scene.start(&arguments);
    drop(child.stdout.take());
    assert_eq!(ended(&arguments, child).await.code, Some(141));
    assert_each_once(&scene, &scene.batch(&arguments).await, 3).await;
}

#[test]
fn bad_usage_is_exit_code_2() {
    for (name, arguments) in [
        ("batch_none_in_flight", &["batch", "-", "--in-flight", "0"][..]),
        ("batch_as_id", &["batch", "-", "--output", "id"]),
        ("batch_help", &["batch", "--help"]),
    ] {
        assert_session(name, &flowrun(arguments));
    }
}

#[test]
fn what_cannot_be_read_or_written_is_exit_code_5() {
    for (name, arguments) in [
        ("batch_no_file", &["batch", "nowhere.jsonl", "--sandbox"][..]),
        ("batch_folder", &["batch", ".", "--sandbox"]),
        ("batch_journal_nowhere", &["batch", "-", "--resume", "nowhere/journal", "--sandbox"]),
        ("batch_journal_folder", &["batch", "-", "--resume", ".", "--sandbox"]),
        #[cfg(target_os = "linux")]
        // It can be opened, and not be cut.
        ("batch_journal_device", &["batch", "-", "--resume", "/dev/null", "--sandbox"]),
    ] {
        let session = flowrun(arguments);
        assert_eq!(session.code, Some(5), "{session:?}");
        assert_session(name, &session);
    }
}

/// The journal is a file that users may look into: its format is as the README has it.
#[tokio::test]
async fn the_journal_is_json_lines() {
    // A line that was not fit to be sent is not begun.
    let scene = Scene::new(&format!("{}nonsense\n{{\"flow\": \"My Cloud Flow\"}}\n", lines(1))).await;
    scene.batch(&["runs.jsonl", "--in-flight", "1", "--resume", "journal"]).await;
    insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, filters => vec![
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[UUID]"),
        (r#"_key":"[0-9a-f]{32}"#, "_key\":\"[KEY]"),
    ]}, { insta::assert_snapshot!("batch_journal", scene.journal()); });
}
