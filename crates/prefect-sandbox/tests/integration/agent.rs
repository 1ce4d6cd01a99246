//! The built-in agent: what it makes of runs, and that it says that it simulates them.

use prefect_sandbox::{FlowSpec, RegisteredFlow, Sandbox, SandboxClock};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Client, eventually, optional};

/// A sandbox with an agent and a flow of tasks.
async fn scene(tasks: &[&str]) -> (Sandbox, Client, RegisteredFlow) {
    let sandbox = Sandbox::builder().agent(true).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = FlowSpec::new(project, "F").parameter(optional("fail", json!(false)));
    let flow = tasks.iter().fold(flow, |flow, task| flow.task(*task));
    let flow = sandbox.register_flow(flow).await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client, flow)
}

async fn state(sandbox: &Sandbox, run: Uuid) -> String {
    let runs = sandbox.flow_runs().await.unwrap();
    runs.into_iter().find(|known| known.id == run).unwrap().state.unwrap()
}

/// Runs the flow until it is in a state.
async fn run_to(end: &str, tasks: &[&str], parameters: Value) -> (Sandbox, Uuid) {
    let (sandbox, client, flow) = scene(tasks).await;
    let run = client.schedule(json!({ "flow_id": flow.flow_id, "parameters": parameters })).await;
    let run = run.parse().unwrap();
    eventually(async || state(&sandbox, run).await == end).await;
    (sandbox, run)
}

async fn states(sandbox: &Sandbox, run: Uuid) -> Vec<(String, String)> {
    let states = sandbox.flow_run_states(run).await.unwrap().into_iter();
    states.map(|state| (state.state, state.message.unwrap())).collect()
}

/// Slug, state, message and number of states of each task run.
async fn task_runs(sandbox: &Sandbox, run: Uuid) -> Vec<(String, String, String, i64)> {
    let runs = sandbox.task_runs(run).await.unwrap().into_iter();
    runs.map(|run| (run.slug.unwrap(), run.state.unwrap(), run.state_message.unwrap(), run.version)).collect()
}

/// Level, message, and whether it is of a task run.
async fn logs(sandbox: &Sandbox, run: Uuid) -> Vec<(String, String, bool)> {
    let logs = sandbox.logs(run).await.unwrap().into_iter();
    logs.map(|log| (log.level.unwrap(), log.message.unwrap(), log.task_run_id.is_some())).collect()
}

fn owned(states: &[(&str, &str)]) -> Vec<(String, String)> {
    states.iter().map(|(state, message)| ((*state).to_owned(), (*message).to_owned())).collect()
}

fn log(level: &str, message: &str, of_task: bool) -> (String, String, bool) {
    (level.to_owned(), message.to_owned(), of_task)
}

/// Clients warn of runs that no healthy agent takes.
#[tokio::test]
async fn it_is_one_of_the_tenants_agents_and_shows_that_it_is_there() {
    let start = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000);
    let clock = SandboxClock::manual(start);
    let sandbox = Sandbox::builder().agent(true).clock(clock).start().await.unwrap();
    let client = Client::new(&sandbox);
    let agents = async || client.data("{ agent { name type labels last_queried } }").await;
    let expected = |queried: &str| {
        let agent =
            json!({ "name": "simulated", "type": "SandboxAgent", "labels": [], "last_queried": queried });
        json!({ "agent": [agent] })
    };
    assert_eq!(agents().await, expected("2027-01-15T08:00:00+00:00"));
    sandbox.clock().advance(std::time::Duration::from_secs(600));
    eventually(async || agents().await == expected("2027-01-15T08:10:00+00:00")).await;
}

#[tokio::test]
async fn a_run_goes_through_all_that_a_real_one_does() {
    let (sandbox, run) = run_to("Success", &["one", "two"], json!({})).await;
    assert_eq!(
        states(&sandbox, run).await,
        owned(&[
            ("Scheduled", "Flow run scheduled."),
            ("Submitted", "Submitted for execution (simulated)"),
            ("Running", "Running flow."),
            ("Success", "All reference tasks succeeded."),
        ])
    );
    let task = |slug: &str| (slug.to_owned(), "Success".to_owned(), "Task run succeeded.".to_owned(), 3);
    assert_eq!(task_runs(&sandbox, run).await, [task("one-1"), task("two-1")]);
    assert_eq!(
        logs(&sandbox, run).await,
        [
            log("INFO", "Simulated by the sandbox's built-in agent: no task is executed.", false),
            log("INFO", "Running flow.", false),
            log("INFO", "Task 'one': Starting task run...", true),
            log("INFO", "Task 'one': Task run succeeded.", true),
            log("INFO", "Task 'two': Starting task run...", true),
            log("INFO", "Task 'two': Task run succeeded.", true),
            log("INFO", "All reference tasks succeeded.", false),
        ]
    );
}

#[tokio::test]
async fn a_run_fails_with_its_last_task_when_its_parameter_says_so() {
    let (sandbox, run) = run_to("Failed", &["one", "two"], json!({ "fail": true })).await;
    let states = states(&sandbox, run).await;
    assert_eq!(states[3..], owned(&[("Failed", "Some reference tasks failed.")]));
    let task_runs = task_runs(&sandbox, run).await;
    let task_runs: Vec<_> =
        task_runs.iter().map(|(slug, state, ..)| (slug.as_str(), state.as_str())).collect();
    assert_eq!(task_runs, [("one-1", "Success"), ("two-1", "Failed")]);
    let mut logs = logs(&sandbox, run).await;
    assert!(logs[0].1.starts_with("Simulated"), "{logs:?}");
    logs.retain(|(level, ..)| level == "ERROR");
    assert_eq!(
        logs,
        [
            log("ERROR", "Task 'two': The parameter `fail` is true.", true),
            log("ERROR", "Some reference tasks failed.", false),
        ]
    );
}

#[tokio::test]
async fn a_run_without_tasks_fails_too() {
    let (sandbox, run) = run_to("Failed", &[], json!({ "fail": true })).await;
    assert_eq!(logs(&sandbox, run).await.last(), Some(&log("ERROR", "Some reference tasks failed.", false)));
}

#[tokio::test]
async fn only_true_lets_a_run_fail() {
    for fail in [json!(false), json!("true"), json!(1), json!([true]), Value::Null] {
        run_to("Success", &["one"], json!({ "fail": fail })).await;
    }
}

/// The parameters that count are those that the server has resolved.
#[tokio::test]
async fn a_default_of_the_flow_group_counts() {
    let (sandbox, client, flow) = scene(&["one"]).await;
    let input = json!({ "flow_group_id": flow.flow_group_id, "parameters": { "fail": true } });
    assert!(client.succeeds("set_flow_group_default_parameters", input).await);
    let run = client.schedule(json!({ "flow_id": flow.flow_id })).await.parse().unwrap();
    eventually(async || state(&sandbox, run).await == "Failed").await;
}

#[tokio::test]
async fn a_run_waits_for_its_time() {
    let (sandbox, client, flow) = scene(&["one"]).await;
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(300);
    let input = json!({ "flow_id": flow.flow_id, "scheduled_start_time": soon.to_string() });
    let later = client.schedule(input).await;
    let now = client.schedule(json!({ "flow_id": flow.flow_id })).await.parse().unwrap();
    eventually(async || state(&sandbox, now).await == "Success").await;
    eventually(async || state(&sandbox, later.parse().unwrap()).await == "Success").await;

    let row = client.row("flow_run", &later, "start_time end_time scheduled_start_time").await;
    let time = |name: &str| row[name].as_str().unwrap();
    assert!(time("scheduled_start_time") <= time("start_time"), "{row}");
    assert!(time("start_time") <= time("end_time"), "{row}");
}

#[tokio::test]
async fn a_run_that_a_test_sets_scheduled_is_run() {
    let (sandbox, client, flow) = scene(&[]).await;
    let never = json!({ "flow_id": flow.flow_id, "scheduled_start_time": "2999-01-01T00:00:00Z" });
    let run = async || client.schedule(never.clone()).await.parse().unwrap();
    let (set, walked): (Uuid, Uuid) = (run().await, run().await);
    sandbox.set_flow_run_state(set, "Scheduled", "").await.unwrap();
    eventually(async || state(&sandbox, set).await == "Success").await;
    sandbox.walk_flow_run(walked, &["Running", "Scheduled"]).await.unwrap();
    eventually(async || state(&sandbox, walked).await == "Success").await;
}

/// A sandbox that ends leaves the run on its way that its agent was at.
#[tokio::test]
async fn a_run_on_its_way_goes_on_with_the_next_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let builder = || Sandbox::builder().database(folder.path().join("s.db"));
    let sandbox = builder().start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F").task("one")).await.unwrap();
    let client = Client::new(&sandbox);
    let simulated = Some("Simulated by the sandbox's built-in agent: no task is executed.");
    let submitted = ("Submitted", "Submitted for execution (simulated)");
    let mut runs = Vec::new();
    for (log, (state, message), end) in [
        (simulated, submitted, "Success"),
        (simulated, ("Running", "Running flow."), "Success"),
        // Others have these.
        (simulated, ("Running", "By hand."), "Running"),
        (None, submitted, "Submitted"),
        (None, ("Running", "Running flow."), "Running"),
    ] {
        let run = client.schedule(json!({ "flow_id": flow.flow_id })).await.parse().unwrap();
        sandbox.set_flow_run_state(run, state, message).await.unwrap();
        if let Some(log) = log {
            sandbox.write_log(run, "INFO", log, None).await.unwrap();
        }
        runs.push((run, end));
    }
    sandbox.shutdown().await;

    let sandbox = builder().agent(true).start().await.unwrap();
    let (second, _) = runs[1];
    eventually(async || state(&sandbox, second).await == "Success").await;
    for (run, end) in runs {
        assert_eq!(state(&sandbox, run).await, end);
    }
    assert_eq!(task_runs(&sandbox, second).await[0].1, "Success");
}

#[tokio::test]
async fn the_sample_flow_can_be_told_to_fail() {
    let sandbox = Sandbox::builder().sample_flow(true).start().await.unwrap();
    let client = Client::new(&sandbox);
    let data = client.data("{ flow(order_by: {version: asc}) { id parameters } }").await;
    let declared = |version: usize| {
        let parameters = data["flow"][version]["parameters"].as_array().unwrap().iter();
        parameters
            .map(|parameter| (parameter["name"].clone(), parameter["default"].clone()))
            .collect::<Vec<_>>()
    };
    let (name, greeting) = ((json!("name"), Value::Null), (json!("greeting"), json!("hello")));
    assert_eq!(declared(0), [name.clone(), greeting.clone()]);
    assert_eq!(declared(1), [name, greeting, (json!("fail"), json!(false))]);

    // The server leaves out defaults that are falsy.
    let input = json!({ "flow_id": data["flow"][1]["id"], "parameters": { "name": "Ada" } });
    let run = client.schedule(input).await;
    let row = client.row("flow_run", &run, "parameters").await;
    assert_eq!(row["parameters"], json!({ "name": "Ada", "greeting": "hello" }));
}
