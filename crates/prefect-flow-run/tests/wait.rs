//! Waiting for a run.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use prefect_flow_run::{FlowRunId, FlowRunRequest, State, WaitError};
use support::Fault::{AnswerLost, NotSent};
use support::{Faults, empty, faulty, register};

#[tokio::test]
async fn the_final_state_is_a_value_whatever_it_is() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let flow = api.find_flow("F").await.unwrap();
    for state in ["Success", "Failed", "Cancelled", "TimedOut"] {
        let run = flow.schedule(FlowRunRequest::new()).await.unwrap();
        let (ended, _) = tokio::join!(run.wait(), async {
            sandbox.set_flow_run_state(run.id.0, "Running", "").await.unwrap();
            sandbox.set_flow_run_state(run.id.0, state, "because").await.unwrap();
        });
        let ended = ended.unwrap();
        assert_eq!((ended.id, ended.state), (run.id, State::from(state.to_owned())));
        assert_eq!(ended.state_message.as_deref(), Some("because"));
    }
}

#[tokio::test]
async fn a_wait_that_runs_out_of_time_leaves_the_run_alone() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let run = api.find_flow("F").await.unwrap().schedule(FlowRunRequest::new()).await.unwrap();
    let error = run.wait().timeout(Duration::from_millis(200)).await.unwrap_err();
    assert!(matches!(error, WaitError::TimedOut { state: Some(State::Scheduled), .. }), "{error:?}");
    assert_eq!(sandbox.flow_runs().await.unwrap()[0].state.as_deref(), Some("Scheduled"));
}

#[tokio::test]
async fn a_fault_of_the_network_does_not_end_a_wait() {
    let (sandbox, _, project) = empty().await;
    register(&sandbox, project).await;
    let faults = Faults::default();
    let api = faulty(&sandbox.url(), &faults);
    let run = api.find_flow("F").await.unwrap().schedule(FlowRunRequest::new()).await.unwrap();
    sandbox.set_flow_run_state(run.id.0, "Success", "").await.unwrap();
    // More faults than one request's attempts.
    faults.on("flow_run_by_pk", [[NotSent; 5], [AnswerLost; 5]].concat());
    assert_eq!(run.wait().await.unwrap().state, State::Success);
}

#[tokio::test]
async fn a_run_that_does_not_exist_is_said_so() {
    let (_sandbox, api, _) = empty().await;
    let id = FlowRunId(uuid::Uuid::nil());
    assert!(matches!(api.wait(id).await, Err(WaitError::NotFound { id: found }) if found == id));
}
