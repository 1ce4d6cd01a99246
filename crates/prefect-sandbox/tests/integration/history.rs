//! The handle's view of a run: states, task runs, logs.

use std::time::{Duration, SystemTime};

use prefect_sandbox::{FlowSpec, Sandbox, SandboxClock};
use serde_json::json;
use uuid::Uuid;

use crate::common::Client;

async fn scene() -> (Sandbox, Client, Uuid) {
    let clock = SandboxClock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800));
    let sandbox = Sandbox::builder().clock(clock).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = FlowSpec::new(project, "F").task("one").task("two");
    let flow = sandbox.register_flow(flow).await.unwrap();
    let client = Client::new(&sandbox);
    let run = client.schedule(json!({ "flow_id": flow.flow_id })).await.parse().unwrap();
    (sandbox, client, run)
}

#[tokio::test]
async fn a_run_is_walked_and_looked_at() {
    let (sandbox, _client, run) = scene().await;
    sandbox.clock().advance(Duration::from_secs(5));
    sandbox.walk_flow_run(run, &["Submitted", "Running", "Cancelled"]).await.unwrap();

    let states = sandbox.flow_run_states(run).await.unwrap();
    let seen: Vec<_> = states.iter().map(|state| (state.version, state.state.as_str())).collect();
    assert_eq!(seen, [(1, "Scheduled"), (2, "Submitted"), (3, "Running"), (4, "Cancelled")]);
    assert_eq!(states[0].start_time.as_deref(), Some("2020-01-01T00:00:00+00:00"));
    assert_eq!(states[3].timestamp, "2020-01-01T00:00:05+00:00");

    let task_runs = sandbox.task_runs(run).await.unwrap();
    let seen: Vec<_> =
        task_runs.iter().map(|task| (task.slug.as_deref(), task.map_index, task.version)).collect();
    assert_eq!(seen, [(Some("one-1"), -1, 2), (Some("two-1"), -1, 2)]);
    assert!(task_runs.iter().all(|task| task.state.as_deref() == Some("Cancelled")));

    // All or none.
    assert!(sandbox.walk_flow_run(run, &["Running", "Flying"]).await.is_err());
    assert_eq!(sandbox.flow_run_states(run).await.unwrap().len(), 4);
    assert!(sandbox.walk_flow_run(Uuid::nil(), &[]).await.is_err());
}

/// The server's own default for a state that waits is now, and in ten years if it is paused.
#[tokio::test]
async fn a_run_that_is_set_scheduled_is_due() {
    let (sandbox, client, run) = scene().await;
    let queue = async || {
        let input = json!({ "tenant_id": sandbox.default_tenant() });
        client.call("get_runs_in_queue", input, "flow_run_ids").await["flow_run_ids"].clone()
    };
    sandbox.set_flow_run_state(run, "Running", "").await.unwrap();
    assert_eq!(queue().await, json!([]));
    sandbox.set_flow_run_state(run, "Scheduled", "again").await.unwrap();
    assert_eq!(queue().await, json!([run]));
    sandbox.walk_flow_run(run, &["Running", "Paused"]).await.unwrap();
    assert_eq!(queue().await, json!([]));
    sandbox.walk_flow_run(run, &["Running", "Retrying"]).await.unwrap();
    assert_eq!(queue().await, json!([run]));

    let row = client.row("flow_run", &run.to_string(), "state_start_time serialized_state").await;
    assert_eq!(row["state_start_time"], "2020-01-01T00:00:00+00:00");
    assert_eq!(row["serialized_state"]["start_time"], "2020-01-01T00:00:00+00:00");
}

#[tokio::test]
async fn logs_are_written_and_read_in_order() {
    let (sandbox, client, run) = scene().await;
    sandbox.write_log(run, "INFO", "third", None).await.unwrap();
    sandbox.write_log(run, "ERROR", "first", Some("2019-12-31T23:59:59.5Z")).await.unwrap();
    sandbox.write_log(run, "DEBUG", "second", Some("2020-01-01T01:00:00+01:00")).await.unwrap();
    sandbox.write_log(run, "DEBUG", "fourth", Some("2020-01-01T00:00:00Z")).await.unwrap();
    let logs = sandbox.logs(run).await.unwrap();
    let texts: Vec<_> = logs.iter().map(|log| log.message.as_deref().unwrap()).collect();
    assert_eq!(texts, ["first", "third", "second", "fourth"]);
    assert_eq!((logs[0].level.as_deref(), logs[0].task_run_id), (Some("ERROR"), None));

    let query = "{ flow_run { logs(order_by: {timestamp: asc}, limit: 1) { timestamp level message } } }";
    let expected =
        json!([{ "timestamp": "2019-12-31T23:59:59.5+00:00", "level": "ERROR", "message": "first" }]);
    assert_eq!(client.data(query).await["flow_run"][0]["logs"], expected);

    for (run, level, timestamp) in
        [(Uuid::nil(), "INFO", None), (run, "LOUD", None), (run, "INFO", Some("tomorrow"))]
    {
        assert!(sandbox.write_log(run, level, "x", timestamp).await.is_err());
    }
    assert_eq!(sandbox.logs(run).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_log_line_needs_a_run() {
    let sandbox = prefect_sandbox::Sandbox::start().await.unwrap();
    let error = sandbox.write_log(uuid::Uuid::nil(), "INFO", "hello", None).await.unwrap_err();
    assert_eq!(error.to_string(), "Flow run 00000000-0000-0000-0000-000000000000 not found");
}
