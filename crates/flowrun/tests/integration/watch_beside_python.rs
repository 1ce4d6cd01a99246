//! The same runs watched by the Python client of Prefect 1.4.1 and by ours: every line that theirs
//! loses is one that ours shows.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prefect_client::{Client, FlowRunId, FlowRunRequest, Watch, WatchCursor, WatchEvent};
use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::json;

use crate::support::python::Python;
use crate::support::{blocking, install_crypto_provider};

/// Prefect's `watch_flow_run` in a process of its own.
struct PythonWatch {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl PythonWatch {
    fn start(python: &Python, run: FlowRunId) -> Self {
        let mut process = python.script("watch.py", &[&run.to_string()]).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// What it shows, up to a line that it is to show.
    fn until(&mut self, last: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|line| line != last) {
            seen.push(self.lines.next().unwrap().unwrap());
        }
        seen
    }

    /// What it shows to its end.
    fn rest(mut self) -> Vec<String> {
        let seen = self.lines.by_ref().collect::<Result<_, _>>().unwrap();
        assert!(self.process.wait().unwrap().success());
        seen
    }
}

struct Scene {
    sandbox: Sandbox,
    client: Client,
    python: Arc<Python>,
}

impl Scene {
    async fn new() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
        sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap();
        install_crypto_provider();
        let client = Client::builder().api(sandbox.url()).build().unwrap();
        let url = sandbox.url();
        let python = Arc::new(blocking(move || Python::with_api(&url)).await);
        Self { sandbox, client, python }
    }

    async fn running(&self) -> FlowRunId {
        let flow = self.client.find_flow("F").await.unwrap();
        let run = flow.schedule(FlowRunRequest::new()).await.unwrap().id;
        self.sandbox.walk_flow_run(run.0, &["Submitted", "Running"]).await.unwrap();
        run
    }

    async fn log(&self, run: FlowRunId, message: &str, timestamp: Timestamp) {
        self.sandbox.write_log(run.0, "INFO", message, Some(&timestamp.to_string())).await.unwrap();
    }

    async fn watch_with_python(&self, run: FlowRunId) -> PythonWatch {
        let python = Arc::clone(&self.python);
        blocking(move || PythonWatch::start(&python, run)).await
    }
}

/// The messages that our watch shows, up to `last`; all of them without one.
async fn lines(watch: &mut Watch, last: Option<&str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    while last.is_none() || seen.last().map(String::as_str) != last {
        match watch.next().await {
            Some(event) => {
                if let WatchEvent::Log(line) = event.unwrap() {
                    seen.push(line.message);
                }
            }
            None => break,
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_python_loses_are_shown() {
    let scene = Scene::new().await;
    let run = scene.running().await;
    let now = Timestamp::now();
    let ago = |seconds| now - SignedDuration::from_secs(seconds);

    let mut theirs = scene.watch_with_python(run).await;
    let mut ours = scene.client.watch(run).grace(Duration::from_secs(1));
    scene.log(run, "first", ago(60)).await;
    let (mut theirs, mut python) = blocking(move || (theirs.until("first"), theirs)).await;
    let mut seen = lines(&mut ours, Some("first")).await;

    scene.log(run, "equal timestamp", ago(60)).await;
    scene.log(run, "late, of another process", ago(90)).await;
    scene.log(run, "early, before the run", ago(100_000)).await;
    scene.log(run, "of a clock that is ahead", ago(-3600)).await;
    scene.log(run, "middle", ago(30)).await;
    let (more, python_again) = blocking(move || (python.until("middle"), python)).await;
    theirs.extend(more);
    python = python_again;
    // Ours is broken off after two of these lines, and goes on from its cursor.
    seen.push(lines(&mut ours, Some("late, of another process")).await.join("\n"));
    let saved = serde_json::to_string(&ours.cursor()).unwrap();
    drop(ours);

    scene.sandbox.set_flow_run_state(run.0, "Success", "").await.unwrap();
    theirs.extend(blocking(move || python.rest()).await);
    scene.log(run, "flushed after the end", ago(0)).await;
    let cursor: WatchCursor = serde_json::from_str(&saved).unwrap();
    let mut ours = scene.client.watch(run).from_cursor(cursor).grace(Duration::from_secs(1));
    seen.extend(lines(&mut ours, None).await);

    assert_eq!(theirs, ["first", "middle"]);
    let mut seen: Vec<_> = seen.iter().flat_map(|lines| lines.lines()).collect();
    seen.sort_unstable();
    let expected = [
        "early, before the run",
        "equal timestamp",
        "first",
        "flushed after the end",
        "late, of another process",
        "middle",
        "of a clock that is ahead",
    ];
    assert_eq!(seen, expected);

    // A run that had finished before.
    let theirs = scene.watch_with_python(run).await;
    assert!(blocking(move || theirs.rest()).await.is_empty());
    let mut ours = scene.client.watch(run).grace(Duration::ZERO);
    assert_eq!(lines(&mut ours, None).await.len(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_lines() {
    let scene = Scene::new().await;
    let run = scene.running().await;
    for batch in 0..50 {
        let logs: Vec<_> = (batch * 2000..(batch + 1) * 2000)
            .map(|line: i64| {
                let timestamp = Timestamp::from_millisecond(1_700_000_000_000 + line).unwrap();
                json!({ "flow_run_id": run, "message": line.to_string(), "timestamp": timestamp })
            })
            .collect();
        let query = "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }";
        let body = json!({ "query": query, "variables": { "input": { "logs": logs } } });
        let transport = scene.client.transport();
        let request = transport.request("write_run_logs", &body).unwrap();
        transport.execute::<serde_json::Value>(&request).await.unwrap().into_result().unwrap();
    }
    let mut python = scene.watch_with_python(run).await;
    let theirs = blocking(move || python.until("99999")).await;
    let ours = lines(&mut scene.client.watch(run), Some("99999")).await;
    let expected: Vec<_> = (0..100_000).map(|line| line.to_string()).collect();
    assert!(theirs == expected, "theirs: {} lines", theirs.len());
    assert!(ours == expected, "ours: {} lines", ours.len());
}
