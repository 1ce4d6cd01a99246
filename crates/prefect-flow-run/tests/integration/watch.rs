//! Following a run: every state and every line of the log, once.

use std::time::Duration;

use futures_util::StreamExt;
use prefect_flow_run::{
    Api, FlowRunId, FlowRunRequest, Polling, State, Watch, WatchCursor, WatchError, WatchEvent,
};
use prefect_sandbox::Sandbox;
use serde_json::json;

use crate::support::Fault::{AnswerLost, NotSent};
use crate::support::{self, Faults, empty, faulty, register};

/// Long enough for a few questions, on a machine that has other things to do.
const GRACE: Duration = Duration::from_secs(1);

async fn running() -> (Sandbox, Api, FlowRunId) {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let run = api.find_flow("F").await.unwrap().schedule(FlowRunRequest::new()).await.unwrap();
    sandbox.walk_flow_run(run.id.0, &["Submitted", "Running"]).await.unwrap();
    (sandbox, api, run.id)
}

async fn log(sandbox: &Sandbox, run: FlowRunId, message: &str, timestamp: &str) {
    sandbox.write_log(run.0, "INFO", message, Some(timestamp)).await.unwrap();
}

/// Many lines with one request, as runners send them.
async fn log_many(api: &Api, run: FlowRunId, lines: impl Iterator<Item = (String, String)>) {
    let logs: Vec<_> = lines
        .map(|(message, timestamp)| json!({ "flow_run_id": run, "message": message, "timestamp": timestamp }))
        .collect();
    let query = "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }";
    let body = json!({ "query": query, "variables": { "input": { "logs": logs } } });
    let request = api.transport().request("write_run_logs", &body).unwrap();
    api.transport().execute::<serde_json::Value>(&request).await.unwrap().into_result().unwrap();
}

fn text(event: WatchEvent) -> String {
    match event {
        WatchEvent::State(change) => format!("[{}]", change.state),
        WatchEvent::Log(line) => line.message,
        other => format!("{other:?}"),
    }
}

/// Longer than any event takes: a lost one is to fail its test.
const PATIENCE: Duration = Duration::from_secs(60);

/// The next events, up to one that is told as `last`.
async fn until(watch: &mut Watch, last: &str) -> Vec<String> {
    let mut seen = Vec::new();
    while seen.last().is_none_or(|event| event != last) {
        let event = tokio::time::timeout(PATIENCE, watch.next()).await;
        let event = event.unwrap_or_else(|_| panic!("{last:?} does not come after {seen:?}"));
        seen.push(text(event.unwrap().unwrap()));
    }
    seen
}

/// The events to the end.
async fn rest(watch: Watch) -> Vec<String> {
    watch.into_stream().map(|event| text(event.unwrap())).collect().await
}

#[tokio::test]
async fn lines_of_one_timestamp_that_arrive_one_after_the_other() {
    let (sandbox, api, run) = running().await;
    let mut watch = api.watch(run).grace(GRACE);
    log(&sandbox, run, "first", "2030-01-01T00:00:00Z").await;
    assert_eq!(until(&mut watch, "first").await, ["[Scheduled]", "[Submitted]", "[Running]", "first"]);
    for line in ["second", "third"] {
        log(&sandbox, run, line, "2030-01-01T00:00:00Z").await;
    }
    assert_eq!(until(&mut watch, "third").await, ["second", "third"]);
}

#[tokio::test]
async fn lines_that_arrive_late_with_an_earlier_timestamp() {
    let (sandbox, api, run) = running().await;
    let mut watch = api.watch(run).grace(GRACE);
    log(&sandbox, run, "now", "2030-01-01T00:00:05Z").await;
    until(&mut watch, "now").await;
    log(&sandbox, run, "late", "2030-01-01T00:00:01Z").await;
    assert_eq!(until(&mut watch, "late").await, ["late"]);
}

#[tokio::test]
async fn lines_older_than_the_run_and_lines_of_a_clock_that_is_ahead() {
    let (sandbox, api, run) = running().await;
    log(&sandbox, run, "of the future", "2130-01-01T00:00:00Z").await;
    log(&sandbox, run, "of the past", "1999-01-01T00:00:00Z").await;
    let mut watch = api.watch(run).grace(GRACE);
    let seen = until(&mut watch, "of the future").await;
    assert_eq!(seen, ["of the past", "[Scheduled]", "[Submitted]", "[Running]", "of the future"]);
    log(&sandbox, run, "of today", "2026-01-01T00:00:00Z").await;
    assert_eq!(until(&mut watch, "of today").await, ["of today"]);
}

#[tokio::test]
async fn lines_after_the_final_state() {
    let (sandbox, api, run) = running().await;
    let mut watch = api.watch(run).grace(GRACE);
    until(&mut watch, "[Running]").await;
    sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    assert_eq!(until(&mut watch, "[Success]").await, ["[Success]"]);
    log(&sandbox, run, "flushed at the end", "2030-01-01T00:00:00Z").await;
    assert_eq!(rest(watch).await, ["flushed at the end"]);
}

#[tokio::test]
async fn a_line_that_no_question_has_told_of_before_the_end() {
    let (sandbox, api, run) = running().await;
    let seldom = Duration::from_secs(3600);
    let api = api.with_polling(Polling::default().min_interval(seldom).max_interval(seldom));
    sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    let mut watch = api.watch(run).grace(GRACE);
    until(&mut watch, "[Success]").await;
    log(&sandbox, run, "flushed at the end", "2030-01-01T00:00:00Z").await;
    assert_eq!(rest(watch).await, ["flushed at the end"]);
}

#[tokio::test]
async fn a_run_that_had_finished_before() {
    let (sandbox, api, run) = running().await;
    log(&sandbox, run, "one", "2130-01-01T00:00:00Z").await;
    sandbox.set_flow_run_state(run.0, "Failed", "").await.unwrap();
    log(&sandbox, run, "two", "2130-01-01T00:00:00Z").await;
    let seen = rest(api.watch(run).grace(GRACE)).await;
    assert_eq!(seen, ["[Scheduled]", "[Submitted]", "[Running]", "[Failed]", "one", "two"]);
}

#[tokio::test]
async fn a_watch_goes_on_from_a_saved_cursor() {
    let (sandbox, api, run) = running().await;
    for line in ["a", "b", "c", "d"] {
        log(&sandbox, run, line, "2030-01-01T00:00:00Z").await;
    }
    let mut watch = api.watch(run).grace(GRACE);
    // In the middle of a page.
    assert_eq!(until(&mut watch, "b").await.len(), 5);
    let saved = serde_json::to_string(&watch.cursor()).unwrap();
    drop(watch);
    log(&sandbox, run, "late", "2029-01-01T00:00:00Z").await;
    sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    let cursor: WatchCursor = serde_json::from_str(&saved).unwrap();
    let mut seen = rest(api.watch(run).from_cursor(cursor).grace(GRACE)).await;
    seen.sort_unstable();
    assert_eq!(seen, ["[Success]", "c", "d", "late"]);
}

#[tokio::test]
async fn a_hundred_thousand_lines() {
    let (sandbox, api, run) = running().await;
    let lines = |batch: u32| {
        (0..2000).map(move |line| {
            // Ten lines a timestamp.
            let timestamp = jiff::Timestamp::from_second(1_900_000_000 + i64::from(batch * 200 + line / 10));
            (format!("{}", batch * 2000 + line), timestamp.unwrap().to_string())
        })
    };
    for batch in 0..49 {
        log_many(&api, run, lines(batch)).await;
    }
    let mut watch = api.watch(run).grace(GRACE);
    let mut seen = until(&mut watch, "12345").await;
    log_many(&api, run, lines(49)).await;
    sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    seen.extend(rest(watch).await);
    seen.retain(|event| !event.starts_with('['));
    let expected: Vec<_> = (0..100_000).map(|line| line.to_string()).collect();
    assert!(seen == expected, "{} lines", seen.len());

    let read: Vec<_> = api.logs(run).into_stream().map(|line| line.unwrap().message).collect().await;
    assert!(read == expected, "{} lines", read.len());
    drop(sandbox);
}

#[tokio::test]
async fn a_line_that_was_committed_after_later_ones() {
    // A stopped clock: all rows have one moment, and the order among them is that of their timestamps.
    let clock =
        prefect_sandbox::SandboxClock::manual(std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let sandbox = Sandbox::builder().clock(clock).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    register(&sandbox, project).await;
    let api = support::server(&sandbox.url());
    let run = api.find_flow("F").await.unwrap().schedule(FlowRunRequest::new()).await.unwrap().id;
    let mut watch = api.watch(run).grace(GRACE);
    for (line, timestamp) in [("c", "2030-01-03T00:00:00Z"), ("d", "2030-01-04T00:00:00Z")] {
        log(&sandbox, run, line, timestamp).await;
    }
    assert_eq!(until(&mut watch, "d").await, ["[Scheduled]", "c", "d"]);
    for (line, timestamp) in [("b", "2030-01-02T00:00:00Z"), ("a", "2030-01-01T00:00:00Z")] {
        log(&sandbox, run, line, timestamp).await;
        assert_eq!(until(&mut watch, line).await, [line]);
    }
    sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    assert_eq!(rest(watch).await, ["[Success]"]);
}

#[tokio::test]
async fn faults_of_the_network_do_not_end_a_watch() {
    let (sandbox, _, run) = running().await;
    let faults = Faults::default();
    let api = faulty(&sandbox.url(), &faults);
    log(&sandbox, run, "a line", "2130-01-01T00:00:00Z").await;
    sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    for text in ["logs_aggregate", "flow_run_state(", "log("] {
        // More than the attempts of one request.
        faults.on(text, [[NotSent; 5], [AnswerLost; 5]].concat());
    }
    let seen = rest(api.watch(run).grace(GRACE)).await;
    assert_eq!(seen, ["[Scheduled]", "[Submitted]", "[Running]", "[Success]", "a line"]);
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_parts() {
    let (sandbox, api, run) = running().await;
    let long = "x".repeat(100_000);
    log_many(&api, run, (0..40).map(|line| (format!("{line}{long}"), "2030-01-01T00:00:00Z".to_owned())))
        .await;
    let transport = support::transport(&sandbox.url());
    let small = prefect_flow_run::transport::Transport::builder(transport.endpoint().clone())
        .max_response_bytes(500_000)
        .build()
        .unwrap();
    let api = Api::new(small, prefect_flow_run::Backend::Server);
    let lines: Vec<_> = api.logs(run).into_stream().map(|line| line.unwrap().message).collect().await;
    let numbers: Vec<_> = lines.iter().map(|line| line.trim_end_matches('x').to_owned()).collect();
    assert_eq!(numbers, (0..40).map(|line| line.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_watch_that_waits_reads_no_pages() {
    let (sandbox, api, run) = running().await;
    let mut watch = api.watch(run);
    until(&mut watch, "[Running]").await;
    let before = sandbox.requests().len();
    assert!(tokio::time::timeout(Duration::from_millis(500), watch.next()).await.is_err());
    let asked: Vec<_> = sandbox.requests().drain(before..).flat_map(|request| request.root_fields).collect();
    assert!(!asked.is_empty() && asked.iter().all(|field| field == "flow_run"), "{asked:?}");
}

#[tokio::test]
async fn a_run_that_does_not_exist() {
    let (_sandbox, api, _) = empty().await;
    let id = FlowRunId(uuid::Uuid::nil());
    let error = api.watch(id).next().await.unwrap().unwrap_err();
    assert!(matches!(error, WatchError::NotFound { id: found } if found == id), "{error:?}");
    let mut logs = api.logs(id);
    assert!(matches!(logs.next().await, Some(Err(WatchError::NotFound { .. }))));
    assert!(logs.next().await.is_none());
}

#[tokio::test]
async fn states_tell_what_is_known_of_them() {
    let (sandbox, api, run) = running().await;
    sandbox.set_flow_run_state(run.0, "Failed", "Some reference tasks failed.").await.unwrap();
    let mut watch = api.watch(run).grace(GRACE);
    let mut states = Vec::new();
    while let Some(event) = watch.next().await {
        match event.unwrap() {
            WatchEvent::State(change) => states.push(change),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(states.len(), 4);
    assert!(states[0].start_time.is_some() && states[0].state == State::Scheduled);
    assert_eq!(states[3].message.as_deref(), Some("Some reference tasks failed."));
    assert_eq!(watch.flow_run().unwrap().state, State::Failed);
}
