//! A clock that tests move: what the server stamps, and what the built-in agent finds due.

use std::time::{Duration, SystemTime};

use prefect_sandbox::{FlowSpec, Sandbox, SandboxClock};
use serde_json::{Value, json};

use crate::common::Client;

const HOUR: Duration = Duration::from_secs(3_600);

/// 2020-01-01T00:00:00Z
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800)
}

async fn run(client: &Client) -> Value {
    client.data("{ flow_run { created start_time end_time state states { state timestamp } } }").await["flow_run"][0]
        .clone()
}

#[tokio::test]
async fn the_server_goes_by_it() {
    let clock = SandboxClock::manual(start());
    let sandbox = Sandbox::builder().agent(true).clock(clock.clone()).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap();
    let client = Client::new(&sandbox);
    clock.advance(HOUR);
    let due = "2020-01-01T03:00:00+00:00";
    client.schedule(json!({ "flow_id": flow.flow_id, "scheduled_start_time": due })).await;
    clock.advance(HOUR + Duration::from_millis(3_599_500));

    tokio::time::sleep(Duration::from_millis(100)).await;
    let waiting = run(&client).await;
    assert_eq!(waiting["created"], "2020-01-01T01:00:00+00:00");
    let states = json!([{ "state": "Scheduled", "timestamp": "2020-01-01T01:00:00+00:00" }]);
    assert_eq!((&waiting["state"], &waiting["states"]), (&json!("Scheduled"), &states));

    clock.advance(Duration::from_millis(500));
    let mut done = waiting;
    for _ in 0..500 {
        if done["state"] == "Success" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        done = run(&client).await;
    }
    assert_eq!((done["start_time"].as_str(), done["end_time"].as_str()), (Some(due), Some(due)), "{done}");
}

#[tokio::test]
async fn a_running_clock_can_be_put_forward_and_stopped() {
    let sandbox = Sandbox::start().await.unwrap();
    let clock = sandbox.clock();
    clock.advance(24 * HOUR);
    let ahead = clock.now().duration_since(SystemTime::now()).unwrap();
    assert!(ahead > 23 * HOUR && ahead <= 24 * HOUR, "{ahead:?}");
    clock.set(start());
    sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let data = Client::new(&sandbox).data("{ project { created } }").await;
    assert_eq!(data, json!({ "project": [{ "created": "2020-01-01T00:00:00+00:00" }] }));
}

#[tokio::test]
async fn what_is_set_for_later_goes_by_it() {
    let sandbox = Sandbox::builder().clock(SandboxClock::manual(start())).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap();
    let client = Client::new(&sandbox);
    let run = client.schedule(json!({ "flow_id": flow.flow_id })).await;
    let paused = json!({ "states": [{ "flow_run_id": run, "state": { "type": "Paused" } }] });
    client.call("set_flow_run_states", paused, "states { id }").await;
    // Ten years of 365.25 days.
    let row = client.row("flow_run", &run, "state_start_time").await;
    assert_eq!(row["state_start_time"], "2029-12-31T12:00:00+00:00");

    let schedule = json!({ "flow_group_id": flow.flow_group_id, "timezone": "Europe/Berlin",
        "interval_clocks": [{ "interval": 60 }] });
    assert!(client.succeeds("set_flow_group_schedule", schedule).await);
    let row = client.row("flow_group", &flow.flow_group_id.to_string(), "schedule").await;
    let expected = json!({ "dt": "2020-01-01T01:00:00.000000", "tz": "Europe/Berlin" });
    assert_eq!(row["schedule"]["clocks"][0]["start_date"], expected);
}
