//! Line 5 of the contract: the options that every Prefect task has.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use prefect_flow_run::transport::Transport;
use prefect_flow_run::{Api, Backend, FlowRunTask, FlowRunTaskError, InvalidTask, Overrides, TaskState};
use prefect_sandbox::Sandbox;

use crate::support::Fault::NotSent;
use crate::support::{Faults, NoWait, asked, empty, faulty, register};

type Seen = Arc<Mutex<Vec<String>>>;

async fn sandbox_with_flow() -> (Sandbox, Api) {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    (sandbox, api)
}

/// A task that notes its changes of state.
fn noting(task: FlowRunTask) -> (FlowRunTask, Seen) {
    let seen = Seen::default();
    let notes = Arc::clone(&seen);
    let task = task.state_handler(move |_, old, new| {
        notes.lock().unwrap().push(format!("{} -> {}", old.name(), new.name()));
        None
    });
    (task, seen)
}

#[tokio::test]
async fn line_5_retries_and_their_delay_require_each_other() {
    let (sandbox, api) = sandbox_with_flow().await;
    let second = Duration::from_secs(1);
    for (task, error) in [
        (FlowRunTask::new().max_retries(1), InvalidTask::NoRetryDelay),
        (FlowRunTask::new().retry_delay(second), InvalidTask::NoMaxRetries),
        (FlowRunTask::new().max_retries(0).retry_delay(second), InvalidTask::NoMaxRetries),
    ] {
        let outcome = task.flow_name("F").run(&api).await;
        assert!(
            matches!(&outcome, Err(FlowRunTaskError::InvalidTask(found)) if *found == error),
            "{outcome:?}"
        );
    }
    assert!(asked(&sandbox).is_empty());
}

#[tokio::test]
async fn line_5_failed_tries_are_retried_after_the_delay() {
    let clock = NoWait::default();
    let transport = Transport::builder("http://127.0.0.1:1".parse().unwrap())
        .retry(prefect_flow_run::transport::RetryPolicy::never())
        .timer(clock.clone())
        .build()
        .unwrap();
    let api = Api::new(transport, Backend::Server);
    let delay = Duration::from_secs(11);
    let (task, seen) = noting(FlowRunTask::new().flow_name("F").max_retries(2).retry_delay(delay));
    let failures = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&failures);
    let task = task.on_failure(move |_, _| *counted.lock().unwrap() += 1);
    assert!(matches!(task.run(&api).await, Err(FlowRunTaskError::Find(_))));
    assert_eq!(clock.pauses(), [delay, delay]);
    assert_eq!(*failures.lock().unwrap(), 3);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "Pending -> Running",
            "Running -> Failed",
            "Failed -> Retrying",
            "Retrying -> Running",
            "Running -> Failed",
            "Failed -> Retrying",
            "Retrying -> Running",
            "Running -> Failed",
        ]
    );
}

#[tokio::test]
async fn line_5_a_retry_may_succeed() {
    let (sandbox, _, project) = empty().await;
    let faults = Faults::default();
    let api = faulty(&sandbox.url(), &faults);
    register(&sandbox, project).await;
    faults.on("FindFlow(", [NotSent; 4]);
    let (task, seen) =
        noting(FlowRunTask::new().flow_name("F").max_retries(1).retry_delay(Duration::from_millis(1)));
    let task = task.parameters(serde_json::json!({"x": 9})).unwrap();
    task.run(&api).await.unwrap();
    assert_eq!(seen.lock().unwrap().last().unwrap(), "Running -> Success");
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!((runs.len(), runs[0].parameters.get()), (1, r#"{"x":9}"#));
}

#[tokio::test]
async fn line_5_a_cached_run_is_returned_again_whatever_the_parameters_are() {
    let (sandbox, api) = sandbox_with_flow().await;
    let (task, seen) = noting(FlowRunTask::new().flow_name("F").cache_for(Duration::from_secs(3600)));
    let first = task.run(&api).await.unwrap();
    let overrides = Overrides::new().parameters(serde_json::json!({"x": 2})).unwrap();
    assert_eq!(task.clone().run_with(&api, overrides).await.unwrap(), first);
    assert_eq!(seen.lock().unwrap().last().unwrap(), "Pending -> Cached");
    // Another task has a cache of its own, unless the two share a key.
    let other = FlowRunTask::new().flow_name("F").cache_for(Duration::from_secs(3600));
    assert_ne!(other.run(&api).await.unwrap(), first);
    let (a, b) = (other.clone().cache_key("k"), task.cache_key("k"));
    assert_eq!(a.run(&api).await.unwrap(), b.run(&api).await.unwrap());
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 3);
}

#[tokio::test]
async fn line_5_a_cached_run_expires() {
    let (sandbox, api) = sandbox_with_flow().await;
    let task = FlowRunTask::new().flow_name("F").cache_for(Duration::ZERO);
    assert_ne!(task.run(&api).await.unwrap(), task.run(&api).await.unwrap());
    assert_eq!(sandbox.flow_runs().await.unwrap().len(), 2);
}

#[tokio::test]
async fn line_5_state_handlers_may_replace_a_state() {
    let (sandbox, api) = sandbox_with_flow().await;
    let task = FlowRunTask::new().flow_name("F");
    let refusing = task.clone().state_handler(|_, _, new| match new {
        TaskState::Running => Some(TaskState::Failed(FlowRunTaskError::StateHandler("not today".to_owned()))),
        _ => None,
    });
    let error = refusing.run(&api).await.unwrap_err();
    assert_eq!(error.to_string(), "not today");
    assert!(asked(&sandbox).is_empty());

    let id = task.run(&api).await.unwrap();
    let comforting = FlowRunTask::new()
        .flow_name("missing")
        .state_handler(move |_, _, new| new.is_failed().then_some(TaskState::Success(id)));
    assert_eq!(comforting.run(&api).await.unwrap(), id);
}

#[tokio::test]
async fn line_5_handlers_are_called_in_order_each_with_what_the_one_before_left() {
    let (_sandbox, api) = sandbox_with_flow().await;
    let (task, seen) = noting(FlowRunTask::new().flow_name("F").state_handler(|_, _, new| match new {
        TaskState::Success(id) => Some(TaskState::Cached(*id)),
        _ => None,
    }));
    task.run(&api).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["Pending -> Running", "Running -> Cached"]);
}

#[test]
fn line_5_name_slug_and_tags_have_prefects_defaults() {
    let task = FlowRunTask::new();
    assert_eq!(task.task_name(), "FlowRunTask");
    assert!(task.task_slug().parse::<uuid::Uuid>().is_ok());
    assert_ne!(task.task_slug(), FlowRunTask::new().task_slug());
    assert_eq!(task.task_slug(), task.clone().task_slug());
    assert!(task.task_tags().is_empty());
    let task = task.name("n").slug("s").tags(["b", "a", "b"]);
    assert_eq!((task.task_name(), task.task_slug()), ("n", "s"));
    assert_eq!(task.task_tags().iter().collect::<Vec<_>>(), ["a", "b"]);
}
