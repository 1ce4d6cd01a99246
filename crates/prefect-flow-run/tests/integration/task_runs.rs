//! The task runs of a flow run, and what became of them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::TryStreamExt;
use prefect_flow_run::transport::Transport;
use prefect_flow_run::{
    Api, Backend, FlowRunId, State, TaskRun, TaskRunId, TaskRunResult, TaskRunResultError,
};
use prefect_sandbox::{Fault, FaultRule, FlowSpec, Sandbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{empty, graphql, schedule};

/// A run of a flow of the tasks `add`, `map` and `late`.
async fn scene() -> (Sandbox, Api, FlowRunId) {
    let (sandbox, api, project) = empty().await;
    let spec = FlowSpec::new(project, "F").task("add").task("map").task("late");
    let flow = sandbox.register_flow(spec).await.unwrap().flow_id;
    let run = schedule(&api, json!({ "flow_id": flow })).await;
    sandbox.set_flow_run_state(run.0, "Running", "").await.unwrap();
    (sandbox, api, run)
}

async fn all(api: &Api, run: FlowRunId) -> Vec<TaskRun> {
    api.task_runs(run).stream().try_collect().await.unwrap()
}

async fn of_slug(api: &Api, run: FlowRunId, slug: &str) -> TaskRun {
    api.task_runs(run).slug(slug).map_index(None).stream().try_next().await.unwrap().unwrap()
}

/// Makes a child of a mapped task, as a runner does.
async fn child(api: &Api, run: FlowRunId, task: Uuid, index: u32) -> TaskRunId {
    let text = "mutation($input: get_or_create_task_run_info_input!) { get_or_create_task_run_info(input: $input) { id } }";
    let input = json!({ "flow_run_id": run, "task_id": task, "map_index": index });
    let data = graphql(api, text, input).await;
    data.pointer("/get_or_create_task_run_info/id").unwrap().as_str().unwrap().parse().unwrap()
}

async fn set_state(api: &Api, id: TaskRunId, state: Value) {
    let text = "mutation($input: set_task_run_states_input!) { set_task_run_states(input: $input) { states { id } } }";
    graphql(api, text, json!({ "states": [{ "task_run_id": id, "state": state }] })).await;
}

fn success(result: &Value) -> Value {
    json!({ "type": "Success", "message": "ok", "_result": result, "context": { "task_run_count": 2 } })
}

fn value(text: &str) -> Value {
    json!({ "type": "PrefectResult", "location": text, "__version__": "1.4.1" })
}

/// The result as short text.
fn shown(result: &TaskRunResult) -> String {
    match result {
        TaskRunResult::Value(json) => json.to_string(),
        TaskRunResult::Stored(stored) => format!("{} {} {}", stored.kind, stored.location, stored.json),
        TaskRunResult::Mapped(children) => format!("{:?}", children.iter().map(shown).collect::<Vec<_>>()),
        _ => "none".to_owned(),
    }
}

#[tokio::test]
async fn task_runs_are_told_with_their_states_and_results() {
    let (sandbox, api, run) = scene().await;
    let add = of_slug(&api, run, "add-1").await;
    assert_eq!((add.state, add.run_count, add.map_index), (State::Pending, None, None));
    assert!(matches!(add.result, TaskRunResult::None));
    set_state(&api, add.id, json!({ "type": "Running", "message": "go" })).await;
    set_state(&api, add.id, success(&value("[1, 2.50]"))).await;

    let add = of_slug(&api, run, "add-1").await;
    assert_eq!((add.state, add.state_message.as_deref()), (State::Success, Some("ok")));
    assert_eq!((add.run_count, shown(&add.result).as_str()), (Some(2), "[1, 2.50]"));
    assert!(add.created <= add.start_time.unwrap() && add.start_time <= add.end_time);
    let stored = sandbox.task_runs(run.0).await.unwrap();
    let task_run = stored.iter().find(|task_run| task_run.id == add.id.0).unwrap();
    assert_eq!((add.task_id.0, Some(add.slug)), (task_run.task_id, task_run.slug.clone()));

    let finished: Vec<_> =
        api.task_runs(run).states([State::Success, State::Failed]).stream().try_collect().await.unwrap();
    assert_eq!(finished.len(), 1);
    assert!(all(&api, FlowRunId(Uuid::nil())).await.is_empty());
}

#[tokio::test]
async fn many_children_come_in_pages_each_once() {
    let (sandbox, api, run) = scene().await;
    let map = of_slug(&api, run, "map-1").await;
    for index in 0..230 {
        child(&api, run, map.task_id.0, index).await;
    }
    let listed = all(&api, run).await;
    assert!(listed.is_sorted_by_key(|run| (run.created, run.id)));
    assert_eq!(listed.len(), 233);
    let listed: BTreeSet<_> =
        listed.iter().map(|run| (run.id.0, run.map_index.map_or(-1, i64::from))).collect();
    let stored = sandbox.task_runs(run.0).await.unwrap();
    assert_eq!(listed, stored.iter().map(|run| (run.id, run.map_index)).collect());
}

#[tokio::test]
async fn results_are_values_places_or_nothing() {
    let (_sandbox, api, run) = scene().await;
    for (result, expected) in [
        (value("{\"a\": 1e400}"), "{\"a\": 1e400}"),
        (
            json!({ "type": "S3Result", "bucket": "b", "location": "k" }),
            r#"S3Result k {"bucket":"b","location":"k","type":"S3Result"}"#,
        ),
        (json!({ "type": "NoResultType" }), "none"),
        (json!({ "type": "Result", "location": null }), "none"),
    ] {
        set_state(&api, of_slug(&api, run, "add-1").await.id, success(&result)).await;
        assert_eq!(shown(&api.task_run_result(run, "add-1", None).await.unwrap()), expected);
    }
}

#[tokio::test]
async fn a_mapped_task_gives_the_results_of_its_children_in_order() {
    let (_sandbox, api, run) = scene().await;
    let map = of_slug(&api, run, "map-1").await;
    set_state(&api, map.id, json!({ "type": "Mapped", "message": "", "n_map_states": 3 })).await;
    let error = api.task_run_result(run, "map-1", None).await.unwrap_err();
    assert!(matches!(error, TaskRunResultError::NoChildren { .. }), "{error:?}");
    insta::assert_snapshot!(error, @r#"the mapped task "map-1" has no children yet; wait for the flow run's end first"#);

    // Made in another order than that of their indices.
    for index in [2, 0, 1] {
        let id = child(&api, run, map.task_id.0, index).await;
        if index != 1 {
            set_state(&api, id, success(&value(&(index * 10).to_string()))).await;
        }
    }
    let error = api.task_run_result(run, "map-1", None).await.unwrap_err();
    insta::assert_snapshot!(error, @r#"the task run "map-1[1]" is Pending, so it has no result yet; wait for the flow run's end first"#);
    let last = child(&api, run, map.task_id.0, 1).await;
    set_state(&api, last, json!({ "type": "Failed", "message": "no" })).await;

    let result = api.task_run_result(run, "map-1", None).await.unwrap();
    assert_eq!(shown(&result), r#"["0", "none", "20"]"#);
    assert_eq!(shown(&api.task_run_result(run, "map-1", Some(2)).await.unwrap()), "20");
}

#[tokio::test]
async fn what_has_no_result_says_why() {
    let (sandbox, api, run) = scene().await;
    let messages =
        async |slug: &str, index| api.task_run_result(run, slug, index).await.unwrap_err().to_string();
    let before = sandbox.requests().len();
    insta::assert_snapshot!(messages("", None).await, @r#"a task's slug must be given; it is like "add-1""#);
    assert_eq!(sandbox.requests().len(), before);
    insta::assert_snapshot!(messages("late-1", None).await, @r#"the task run "late-1" is Pending, so it has no result yet; wait for the flow run's end first"#);
    let filters = |message: String| message.replace(&run.to_string(), "[UUID]");
    insta::assert_snapshot!(filters(messages("nope-1", None).await), @r#"the flow run [UUID] has no task run "nope-1""#);
    insta::assert_snapshot!(filters(messages("add-1", Some(u32::MAX)).await), @r#"the flow run [UUID] has no task run "add-1[4294967295]""#);
}

#[tokio::test]
async fn the_results_of_a_mapped_task_have_one_total_timeout() {
    let (sandbox, api, run) = scene().await;
    let map = of_slug(&api, run, "map-1").await;
    set_state(&api, map.id, json!({ "type": "Mapped", "message": "" })).await;
    child(&api, run, map.task_id.0, 0).await;
    // Two questions, each of which would end in time.
    sandbox.faults().add(FaultRule::new(Fault::Delay(Duration::from_millis(600))).always());
    let transport = Transport::builder(sandbox.url().parse().unwrap());
    let transport = transport.total_timeout(Duration::from_secs(1)).build().unwrap();
    let late = Api::new(transport, Backend::Server);
    let error = late.task_run_result(run, "map-1", None).await.unwrap_err();
    assert!(matches!(&error, TaskRunResultError::Transport(error) if error.is_timeout()), "{error:?}");
}
