//! Waiting for a run.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use prefect_flow_run::transport::Transport;
use prefect_flow_run::{Api, Backend, FlowRunId, FlowRunRequest, Polling, State, WaitError};

use crate::support::Fault::{AnswerLost, NotSent};
use crate::support::{CountedPauses, Faults, empty, faulty, register};

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

#[tokio::test]
async fn a_thousand_waits_cost_two_queries_a_tick_and_end_with_the_next_one() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let flow = api.find_flow("F").await.unwrap();
    let scheduled = flow.schedule_many((0..1000).map(|_| FlowRunRequest::new()), 16);
    let runs: Vec<FlowRunId> = scheduled.map(|(_, run)| run.unwrap().id).collect().await;

    let tick = Duration::from_millis(300);
    let ticks = CountedPauses::of(tick);
    let transport = Transport::builder(sandbox.url().parse().unwrap()).timer(ticks.clone()).build().unwrap();
    let polling = Polling::default().min_interval(tick).max_interval(tick);
    let api = Api::new(transport, Backend::Server).with_polling(polling);
    let mut waits = std::pin::pin!(api.wait_many(runs.clone()));

    let queries = || {
        let requests = sandbox.requests().into_iter();
        requests.filter(|request| request.operation_name.as_deref() == Some("PollStates")).count()
    };
    let mut ended_at = HashMap::new();
    let end_all = async {
        tokio::time::sleep(tick * 5).await;
        // The first wait was asked for before the others had joined, and a tick may be half done.
        let (queries, ticks_now) = (queries(), ticks.count());
        assert!(ticks_now >= 2 && (queries + 1).abs_diff(ticks_now * 2) <= 2, "{queries}, {ticks_now} ticks");
        // The runs end one after the other, over several ticks.
        for (number, run) in runs.iter().enumerate() {
            if number % 250 == 0 {
                tokio::time::sleep(tick).await;
            }
            sandbox.walk_flow_run(run.0, &["Success"]).await.unwrap();
            ended_at.insert(*run, ticks.count());
        }
    };
    let mut seen_at = Vec::new();
    let see_all = async {
        while let Some((run, ended)) = waits.next().await {
            assert_eq!(ended.unwrap().state, State::Success);
            seen_at.push((run, ticks.count()));
        }
    };
    tokio::join!(end_all, see_all);

    assert_eq!(seen_at.len(), 1000);
    for (run, seen) in seen_at {
        // A question that was under way when the run ended may have missed it; the next one tells.
        assert!(seen <= ended_at[&run] + 2, "ended at tick {}, seen at {seen}", ended_at[&run]);
    }
}
