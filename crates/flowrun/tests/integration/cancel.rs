//! `flowrun cancel`.

use prefect_sandbox::Sandbox;

use crate::support::{assert_session, flowrun, flowrun_at, scheduled};

#[tokio::test]
async fn a_run_is_cancelled() {
    let sandbox = Sandbox::builder().sample_flow(true).start().await.unwrap();
    let id = scheduled(&sandbox, &[]).await;
    assert_session("cancelled", &flowrun_at(&sandbox, &["cancel", &id]).await);
    assert_eq!(sandbox.flow_runs().await.unwrap()[0].state.as_deref(), Some("Cancelled"));
    assert_session("cancelled_json", &flowrun_at(&sandbox, &["cancel", &id, "--output", "json"]).await);

    let id = scheduled(&sandbox, &[]).await;
    sandbox.set_flow_run_state(id.parse().unwrap(), "Success", "").await.unwrap();
    assert_session("cancelled_too_late", &flowrun_at(&sandbox, &["cancel", &id]).await);
}

#[tokio::test]
async fn a_running_run_is_waited_for() {
    let sandbox = Sandbox::builder().sample_flow(true).start().await.unwrap();
    let id = scheduled(&sandbox, &[]).await;
    sandbox.set_flow_run_state(id.parse().unwrap(), "Running", "").await.unwrap();
    assert_session("cancelling", &flowrun_at(&sandbox, &["cancel", &id]).await);
    let arguments = ["cancel", &id, "--wait"];
    let (session, ()) = tokio::join!(flowrun_at(&sandbox, &arguments), async {
        sandbox.set_flow_run_state(id.parse().unwrap(), "Cancelled", "stopped").await.unwrap();
    });
    assert_session("cancelled_at_last", &session);
}

#[tokio::test]
async fn an_unknown_run_is_exit_code_3() {
    let sandbox = Sandbox::start().await.unwrap();
    let nobody = "00000000-0000-0000-0000-000000000000";
    assert_session("cancel_unknown", &flowrun_at(&sandbox, &["cancel", nobody]).await);
    assert_session("cancel_no_id", &flowrun(&["cancel", "moon"]));
}
