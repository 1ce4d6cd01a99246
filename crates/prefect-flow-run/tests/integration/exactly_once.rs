//! One call makes one run, whatever the network does, or says that it cannot tell.

use std::time::Duration;

use prefect_flow_run::{Api, Flow, FlowRunRequest, FlowRunTask, FlowRunTaskError, ScheduleError};
use prefect_sandbox::{RegisteredFlow, Sandbox};

use crate::support::Fault::{AnswerLost, HandledAndHang, Hang, NotSent, Pass, RequestLost};
use crate::support::{self, Faults, empty, faulty, flow_id, register};

const CREATE: &str = "create_flow_run(";
const LOOKUP: &str = "FindFlow(";
const BY_KEY: &str = "FlowRunByKey(";

struct Setting {
    sandbox: Sandbox,
    api: Api,
    faults: Faults,
    project: uuid::Uuid,
    registered: RegisteredFlow,
    flow: Flow,
}

async fn setting() -> Setting {
    let (sandbox, _, project) = empty().await;
    let registered = register(&sandbox, project).await;
    let faults = Faults::default();
    let api = faulty(&sandbox.url(), &faults);
    let flow = api.find_flow("F").await.unwrap();
    Setting { sandbox, api, faults, project, registered, flow }
}

impl Setting {
    async fn runs(&self) -> usize {
        self.sandbox.flow_runs().await.unwrap().len()
    }
}

#[tokio::test]
async fn every_pair_of_faults_leaves_one_run() {
    for first in [Pass, NotSent, AnswerLost, RequestLost] {
        for second in [Pass, NotSent, AnswerLost, RequestLost] {
            let s = setting().await;
            s.faults.on(CREATE, [first, second]);
            let scheduled = s.flow.schedule(FlowRunRequest::new()).await.unwrap();
            let runs = s.sandbox.flow_runs().await.unwrap();
            assert_eq!(runs.len(), 1, "{first:?}, {second:?}");
            assert_eq!(runs[0].id, scheduled.id.0, "{first:?}, {second:?}");
        }
    }
}

#[tokio::test]
async fn when_every_answer_is_lost_the_run_is_found_by_its_key() {
    let s = setting().await;
    s.faults.on(CREATE, [AnswerLost; 4]);
    let scheduled = s.flow.schedule(FlowRunRequest::new()).await.unwrap();
    assert_eq!(s.sandbox.flow_runs().await.unwrap()[0].id, scheduled.id.0);
    assert_eq!(s.runs().await, 1);
}

#[tokio::test]
async fn what_was_never_sent_is_certainly_not_scheduled() {
    let s = setting().await;
    s.faults.on(CREATE, [NotSent; 4]);
    let error = s.flow.schedule(FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(error, ScheduleError::NotScheduled(_)), "{error:?}");
    assert_eq!(s.runs().await, 0);
}

#[tokio::test]
async fn an_unknown_outcome_is_told_and_settled() {
    for (faults, runs_before) in [([AnswerLost; 4], 1), ([RequestLost; 4], 0)] {
        let s = setting().await;
        s.faults.on(CREATE, faults).on(BY_KEY, [NotSent; 4]);
        let request = FlowRunRequest::new().parameters(serde_json::json!({"x": 7})).unwrap();
        let error = s.flow.schedule(request.clone()).await.unwrap_err();
        let ScheduleError::OutcomeUnknown { flow_id, key, source: Some(_), .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((flow_id, s.runs().await), (s.flow.id(), runs_before));

        let settled = s.api.resume(flow_id, key.clone(), request.clone()).await.unwrap();
        let again = s.api.resume(flow_id, key, request).await.unwrap();
        let runs = s.sandbox.flow_runs().await.unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].id, runs[0].parameters.get()), (settled.id.0, r#"{"x":7}"#));
        assert_eq!(again.id, settled.id);
    }
}

#[tokio::test]
async fn a_call_has_one_time_limit_and_keeps_some_of_it_for_the_question() {
    let s = setting().await;
    let timer = std::sync::Arc::clone(s.api.transport().timer());
    tokio::time::pause();
    let started = timer.now();
    s.faults.on(CREATE, [Hang; 4]).on(BY_KEY, [Hang; 4]);
    let error = s.flow.schedule(FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(error, ScheduleError::OutcomeUnknown { .. }), "{error:?}");
    // Each sleep of tokio's may be a millisecond too long.
    assert_eq!((timer.now() - started).as_secs(), 60);
    assert!((timer.now() - started).subsec_millis() < 10);
    assert_eq!((s.faults.left(CREATE), s.faults.left(BY_KEY)), (1, 3), "three attempts, and the question");
}

#[tokio::test]
async fn a_version_archived_since_it_was_found_is_replaced_by_the_newer_one() {
    let s = setting().await;
    let newer = register(&s.sandbox, s.project).await;
    let scheduled = s.flow.schedule(FlowRunRequest::new()).await.unwrap();
    assert_eq!(scheduled.flow_id, flow_id(&newer));
    assert_eq!(scheduled.flow.unwrap().version(), Some(2));
    assert_eq!(s.runs().await, 1);
}

#[tokio::test]
async fn a_key_that_was_used_with_an_earlier_version_makes_no_second_run() {
    let s = setting().await;
    let request = FlowRunRequest::new().idempotency_key("k");
    let made = s.flow.schedule(request.clone()).await.unwrap();
    register(&s.sandbox, s.project).await;
    // The whole call is made again, as after a crash.
    let newer = s.api.find_flow("F").await.unwrap();
    let scheduled = newer.schedule(request.clone()).await.unwrap();
    assert_eq!((scheduled.id, scheduled.flow_id, scheduled.flow.is_none()), (made.id, made.flow_id, true));
    assert_eq!(s.runs().await, 1);
    // A version that is asked for by its id is meant alone.
    let by_id = s.api.flow(newer.id()).await.unwrap().schedule(request).await.unwrap();
    assert_ne!(by_id.id, made.id);
    // A fresh key was never used.
    let asked_before = support::asked(&s.sandbox).len();
    newer.schedule(FlowRunRequest::new()).await.unwrap();
    let key = prefect_flow_run::IdempotencyKey::random();
    let fresh = FlowRunRequest::new().fresh_idempotency_key(key.clone());
    assert_eq!(newer.schedule(fresh).await.unwrap().idempotency_key, key);
    assert_eq!(support::asked(&s.sandbox).len(), asked_before + 2);
}

#[tokio::test]
async fn a_run_that_an_archived_version_already_has_is_not_made_again() {
    let s = setting().await;
    // The first attempt made the run; then its version was archived, which cancelled the run.
    let made = s.flow.schedule(FlowRunRequest::new().idempotency_key("k")).await.unwrap();
    register(&s.sandbox, s.project).await;
    s.faults.on(CREATE, [AnswerLost]);
    let scheduled = s.flow.schedule(FlowRunRequest::new().idempotency_key("k")).await.unwrap();
    assert_eq!((scheduled.id, scheduled.flow_id), (made.id, flow_id(&s.registered)));
    assert_eq!(s.runs().await, 1);
    let run = s.api.flow_run(made.id).await.unwrap().unwrap();
    assert_eq!(run.state, prefect_flow_run::State::Cancelled);
}

#[tokio::test]
async fn a_lost_attempt_at_an_archived_version_goes_on_to_the_newer_one() {
    let s = setting().await;
    let newer = register(&s.sandbox, s.project).await;
    s.faults.on(CREATE, [RequestLost]);
    let scheduled = s.flow.schedule(FlowRunRequest::new()).await.unwrap();
    assert_eq!(scheduled.flow_id, flow_id(&newer));
    assert_eq!(s.runs().await, 1);
}

#[tokio::test]
async fn an_archived_flow_without_a_newer_version_is_an_error() {
    let s = setting().await;
    s.sandbox.archive_flow(s.registered.flow_id).await.unwrap();
    let error = s.flow.schedule(FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(error, ScheduleError::NoNewerVersion(_)), "{error:?}");
    let error = s.flow.pinned().schedule(FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Archived { .. }), "{error:?}");
    let error = s.api.resume(s.flow.id(), "k".into(), FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Archived { .. }), "{error:?}");
    assert_eq!(s.runs().await, 0);
}

#[tokio::test]
async fn a_call_that_is_dropped_and_made_again_with_its_key_makes_one_run() {
    for fault in [Hang, HandledAndHang] {
        let s = setting().await;
        s.faults.on(CREATE, [fault]);
        let request = FlowRunRequest::new().idempotency_key("k");
        let call = s.flow.schedule(request.clone());
        assert!(tokio::time::timeout(Duration::from_millis(200), call).await.is_err());
        s.flow.schedule(request).await.unwrap();
        assert_eq!(s.runs().await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn the_tasks_own_retries_share_the_key() {
    let s = setting().await;
    // The first try loses every answer and cannot ask; the second finds the run.
    s.faults.on(CREATE, [AnswerLost; 4]).on(BY_KEY, [NotSent; 4]);
    let task = FlowRunTask::new().flow_name("F").max_retries(1).retry_delay(Duration::from_millis(1));
    let id = task.run(&s.api).await.unwrap();
    let runs = s.sandbox.flow_runs().await.unwrap();
    assert_eq!((runs.len(), runs[0].id), (1, id.0));
}

#[tokio::test]
async fn a_task_that_times_out_in_the_middle_says_that_the_outcome_is_unknown() {
    let s = setting().await;
    let task = FlowRunTask::new().flow_name("F").timeout(Duration::from_millis(300));
    s.faults.on(CREATE, [HandledAndHang]);
    let error = task.run(&s.api).await.unwrap_err();
    let FlowRunTaskError::Schedule(ScheduleError::OutcomeUnknown { flow_id, key, .. }) = error else {
        panic!("{error:?}");
    };
    let settled = s.api.resume(flow_id, key, FlowRunRequest::new()).await.unwrap();
    assert_eq!((s.runs().await, s.sandbox.flow_runs().await.unwrap()[0].id), (1, settled.id.0));

    s.faults.on(LOOKUP, [Hang]);
    let error = task.run(&s.api).await.unwrap_err();
    assert!(matches!(error, FlowRunTaskError::TimedOut { .. }), "{error:?}");
    assert_eq!(s.runs().await, 1);
}
