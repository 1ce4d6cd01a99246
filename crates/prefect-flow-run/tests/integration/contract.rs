//! The contract of Prefect 0.10.7's `FlowRunTask`, line by line, against the sandbox.
//!
//! Lines 5 and 6, the task's own options and the two back ends, have files of their own:
//! `task_options.rs` and `wire.rs`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use prefect_flow_run::{Api, FindFlowError, FlowRunRequest, FlowRunTask, FlowRunTaskError, Overrides};
use prefect_sandbox::{FlowSpec, ParameterSpec, Sandbox, StoredFlowRun};
use serde_json::json;

use crate::support::{
    FLOW, PROJECT, asked, cloud, empty, flow_id, register, sample, server, server_of_tenant,
};

async fn only_run(sandbox: &Sandbox) -> StoredFlowRun {
    let mut runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

async fn find(api: &Api, name: &str) -> Result<prefect_flow_run::Flow, FindFlowError> {
    api.find_flow(name).await
}

#[tokio::test]
async fn line_1_every_argument_may_be_given_when_the_task_runs() {
    let (sandbox, api) = sample().await;
    let arguments =
        Overrides::new().flow_name(FLOW).project_name(PROJECT).parameters(json!({"name": "Ada"})).unwrap();
    FlowRunTask::new().run_with(&api, arguments).await.unwrap();
    assert_eq!(only_run(&sandbox).await.parameters.get(), r#"{"greeting":"hello","name":"Ada"}"#);
}

#[tokio::test]
async fn line_1_arguments_of_the_run_win() {
    let (sandbox, api, project) = empty().await;
    sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let here = register(&sandbox, project).await;
    let task = FlowRunTask::new().flow_name("not F").project_name("Q").parameters(json!({"x": 2})).unwrap();
    let overrides = Overrides::new().flow_name("F").project_name("P").parameters(json!({"x": 3})).unwrap();
    task.run_with(&api, overrides).await.unwrap();
    let run = only_run(&sandbox).await;
    assert_eq!((run.flow_id, run.parameters.get()), (here.flow_id, r#"{"x":3}"#));
}

#[tokio::test]
async fn line_1_a_run_leaves_the_task_as_it_was() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let task = FlowRunTask::new().flow_name("F").project_name("P").parameters(json!({"x": "task"})).unwrap();
    let other = |i| Overrides::new().parameters(json!({ "x": i })).unwrap();
    // Twice in a row, and many at the same time.
    task.run_with(&api, other(0)).await.unwrap();
    task.run(&api).await.unwrap();
    let ids = join_all((1..10).map(|i| task.run_with(&api, other(i)))).await;
    let plain = join_all((0..10).map(|_| task.run(&api))).await;
    let ids: BTreeSet<_> = ids.into_iter().chain(plain).map(Result::unwrap).collect();
    assert_eq!(ids.len(), 19);
    let mut parameters: Vec<_> =
        sandbox.flow_runs().await.unwrap().into_iter().map(|run| run.parameters.get().to_owned()).collect();
    parameters.sort();
    let expected: Vec<_> = std::iter::repeat_n(r#"{"x":"task"}"#.to_owned(), 11)
        .chain((0..10).map(|i| format!(r#"{{"x":{i}}}"#)))
        .collect();
    assert_eq!(parameters, expected);
}

#[tokio::test]
async fn line_1_each_run_of_a_task_is_of_the_flow_that_is_asked_for() {
    let (sandbox, _, project) = empty().await;
    let tenant = sandbox.create_tenant("Other").await.unwrap();
    let [own, other] =
        [sandbox.default_tenant(), tenant].map(|tenant| server_of_tenant(&sandbox.url(), tenant));
    let in_q = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    let of_other = sandbox.create_project(tenant, "P").await.unwrap();
    let f = register(&sandbox, project).await;
    let g = sandbox.register_flow(FlowSpec::new(project, "G")).await.unwrap();
    let f_in_q = register(&sandbox, in_q).await;
    let f_of_other = register(&sandbox, of_other).await;

    let task = FlowRunTask::new().flow_name("F").project_name("P");
    for (api, overrides, flow) in [
        (&own, Overrides::new(), &f),
        (&own, Overrides::new().flow_name("G"), &g),
        (&own, Overrides::new().project_name("Q"), &f_in_q),
        (&other, Overrides::new(), &f_of_other),
        (&own, Overrides::new(), &f),
    ] {
        let id = task.run_with(api, overrides).await.unwrap();
        let runs = sandbox.flow_runs().await.unwrap();
        let run = runs.iter().find(|run| run.id == id.0).unwrap();
        assert_eq!(run.flow_id, flow.flow_id);
    }

    let task = FlowRunTask::new().flow_name("G");
    task.run(&own).await.unwrap();
    let error = task.run(&cloud(&sandbox.url())).await.unwrap_err();
    assert!(matches!(error, FlowRunTaskError::Find(FindFlowError::NoProjectName)), "{error:?}");
}

#[tokio::test]
async fn line_2_an_archived_version_is_not_run_even_if_it_is_the_newest() {
    let (sandbox, api, project) = empty().await;
    let live = register(&sandbox, project).await;
    sandbox.register_flow(FlowSpec::new(project, "F").keep_previous().archived(true)).await.unwrap();
    let found = find(&api, "F").await.unwrap();
    assert_eq!((found.id(), found.version()), (flow_id(&live), Some(1)));
}

#[tokio::test]
async fn line_2_the_highest_version_is_run_not_the_last_created() {
    let (sandbox, api, project) = empty().await;
    let seven = sandbox.register_flow(FlowSpec::new(project, "F").version(7)).await.unwrap();
    sandbox.register_flow(FlowSpec::new(project, "F").version(3).keep_previous()).await.unwrap();
    let found = find(&api, "F").await.unwrap();
    assert_eq!((found.id(), found.version()), (flow_id(&seven), Some(7)));
}

#[tokio::test]
async fn line_2_each_run_of_a_task_is_of_the_version_that_is_the_newest_then() {
    let (sandbox, api, project) = empty().await;
    let task = FlowRunTask::new().flow_name("F").project_name("P");
    for _ in 0..3 {
        // The version before stays unarchived: else the server's refusal would lead to the newest one.
        let version = sandbox.register_flow(FlowSpec::new(project, "F").keep_previous()).await.unwrap();
        for _ in 0..2 {
            let id = task.run(&api).await.unwrap();
            let runs = sandbox.flow_runs().await.unwrap();
            assert_eq!(runs.iter().find(|run| run.id == id.0).unwrap().flow_id, version.flow_id);
        }
    }
}

#[tokio::test]
async fn line_2_versions_of_another_project_do_not_count() {
    let (sandbox, api, project) = empty().await;
    let here = register(&sandbox, project).await;
    let other = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    for _ in 0..3 {
        register(&sandbox, other).await;
    }
    let found = api.find_flow("F").in_project("P").await.unwrap();
    assert_eq!((found.id(), found.project_name()), (flow_id(&here), "P"));
}

#[tokio::test]
async fn line_2_another_tenants_project_of_the_name_does_not_count() {
    let (sandbox, _, project) = empty().await;
    let here = register(&sandbox, project).await;
    let tenant = sandbox.create_tenant("Other").await.unwrap();
    let theirs = sandbox.create_project(tenant, "P").await.unwrap();
    register(&sandbox, theirs).await;
    let there = register(&sandbox, theirs).await;

    for (tenant, expected) in [(sandbox.default_tenant(), here), (tenant, there)] {
        let api = server_of_tenant(&sandbox.url(), tenant);
        let found = api.find_flow("F").in_project("P").await.unwrap();
        assert_eq!(found.id(), flow_id(&expected));
    }
    // Without a tenant it is not known which one is meant.
    let outcome = server(&sandbox.url()).find_flow("F").in_project("P").await;
    assert!(matches!(outcome, Err(FindFlowError::Ambiguous { candidates, .. }) if candidates.len() == 2));
}

#[tokio::test]
async fn line_3_the_runs_id_is_returned() {
    let (sandbox, api, project) = empty().await;
    let flow = register(&sandbox, project).await;
    let id = FlowRunTask::new().flow_name("F").run(&api).await.unwrap();
    let run = only_run(&sandbox).await;
    assert_eq!((run.id, run.flow_id), (id.0, flow.flow_id));
}

#[tokio::test]
async fn line_3_one_layer_down_flow_and_key_are_returned_too() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let flow = find(&api, "F").await.unwrap();
    let random = flow.schedule(FlowRunRequest::new()).await.unwrap();
    let run = only_run(&sandbox).await;
    assert_eq!((random.id.0, random.flow_id.0), (run.id, run.flow_id));
    assert_eq!(run.idempotency_key.as_deref(), Some(random.idempotency_key.as_str()));

    let given = flow.schedule(FlowRunRequest::new().idempotency_key("mine")).await.unwrap();
    assert_eq!(given.idempotency_key.as_str(), "mine");
    let again = flow.schedule(FlowRunRequest::new().idempotency_key("mine")).await.unwrap();
    assert_eq!((again.id, sandbox.flow_runs().await.unwrap().len()), (given.id, 2));
}

#[tokio::test]
async fn line_4_nothing_is_sent_when_a_name_is_missing() {
    let (sandbox, api) = sample().await;
    let on_cloud = cloud(&sandbox.url());
    for task in
        [FlowRunTask::new(), FlowRunTask::new().project_name(PROJECT), FlowRunTask::new().flow_name("")]
    {
        for api in [&api, &on_cloud] {
            let outcome = task.run(api).await;
            assert!(matches!(outcome, Err(FlowRunTaskError::Find(FindFlowError::NoFlowName))), "{outcome:?}");
        }
    }
    for task in [FlowRunTask::new().flow_name(FLOW), FlowRunTask::new().flow_name(FLOW).project_name("")] {
        let outcome = task.run(&on_cloud).await;
        assert!(matches!(outcome, Err(FlowRunTaskError::Find(FindFlowError::NoProjectName))), "{outcome:?}");
    }
    assert!(asked(&sandbox).is_empty());
    assert!(matches!(on_cloud.find_flow(FLOW).await, Err(FindFlowError::NoProjectName)));
    assert!(matches!(api.find_flow("").await, Err(FindFlowError::NoFlowName)));
    assert!(asked(&sandbox).is_empty());
}

#[tokio::test]
async fn line_4_without_a_project_all_are_searched() {
    let (sandbox, api, project) = empty().await;
    let here = register(&sandbox, project).await;
    assert_eq!(find(&api, "F").await.unwrap().id(), flow_id(&here));
    // An empty name is none, as in Prefect.
    assert_eq!(api.find_flow("F").in_project("").await.unwrap().id(), flow_id(&here));

    let other = sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap();
    register(&sandbox, other).await;
    let Err(FindFlowError::Ambiguous { candidates, .. }) = find(&api, "F").await else {
        panic!("a flow of two projects was taken");
    };
    let mut projects: Vec<_> = candidates.iter().map(|found| found.project_name.as_str()).collect();
    projects.sort_unstable();
    assert_eq!(projects, ["P", "Q"]);
}

#[tokio::test]
async fn line_4_a_flow_that_is_not_found_says_what_there_is() {
    let (sandbox, api) = sample().await;
    let project = sandbox.create_project(sandbox.default_tenant(), "Empty").await.unwrap();
    let not_found = async |flow: &str, project: Option<&str>| {
        let lookup = api.find_flow(flow).in_project(project.unwrap_or_default());
        match lookup.await {
            Err(FindFlowError::NotFound(found)) => *found,
            other => panic!("{other:?}"),
        }
    };
    let typo = not_found("My Clout Flow", Some(PROJECT)).await;
    assert_eq!((typo.project_exists, typo.near.as_slice()), (Some(true), &[FLOW.to_owned()][..]));

    let wrong_project = not_found(FLOW, Some("Empty")).await;
    assert_eq!(wrong_project.project_exists, Some(true));
    assert_eq!(wrong_project.other_projects, [PROJECT]);

    let no_project = not_found(FLOW, Some("My Clout Project")).await;
    assert_eq!(
        (no_project.project_exists, no_project.near.as_slice()),
        (Some(false), &[PROJECT.to_owned()][..])
    );

    let unlike_any = not_found("zzz", None).await;
    assert_eq!((unlike_any.project_exists, unlike_any.existing.as_slice()), (None, &[FLOW.to_owned()][..]));
    assert!(unlike_any.near.is_empty());

    sandbox.register_flow(FlowSpec::new(project, "Old").archived(true)).await.unwrap();
    assert!(not_found("Old", Some("Empty")).await.archived);
    assert!(!not_found("Old", Some(PROJECT)).await.archived);
    assert!(sandbox.flow_runs().await.unwrap().is_empty());
}

#[tokio::test]
async fn line_7_names_and_parameters_arrive_byte_for_byte() {
    let (sandbox, api, _) = empty().await;
    let tenant = sandbox.default_tenant();
    for name in ["\"quoted\" \\ 'single'", "two\nlines\ttab", "👩‍🚀 é ß 漢字", "null", "{\"a\": $b}", "%_like%"]
    {
        let project = sandbox.create_project(tenant, &format!("project {name}")).await.unwrap();
        let registered = sandbox.register_flow(FlowSpec::new(project, name)).await.unwrap();
        let found = api.find_flow(name).in_project(format!("project {name}")).await.unwrap();
        assert_eq!((found.id(), found.name()), (flow_id(&registered), name));
    }
}

#[tokio::test]
async fn line_7_values_arrive_byte_for_byte() {
    let (sandbox, api, project) = empty().await;
    sandbox.register_flow(FlowSpec::new(project, "F").parameter(ParameterSpec::required("x"))).await.unwrap();
    let flow = find(&api, "F").await.unwrap();
    let big = format!("\"{}\"", "0123456789abcde\u{e9}".repeat(60_000));
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    for value in [
        r#""\"quotes\" \\ and \nnewlines\u0000""#,
        r#""👩‍🚀 é 漢字""#,
        "9007199254740993",
        "12345678901234567890123",
        "-0.1000",
        "1e400",
        r#"{"b":1,"a":{"b":[1.10,null,true]}}"#,
        &deep,
        &big,
    ] {
        let parameters = prefect_flow_run::Parameters::from_text(format!("{{\"x\":{value}}}")).unwrap();
        let run = flow.schedule(FlowRunRequest::new().parameters(&parameters).unwrap()).await.unwrap();
        let stored =
            sandbox.flow_runs().await.unwrap().into_iter().find(|stored| stored.id == run.id.0).unwrap();
        assert!(stored.parameters.get() == parameters.get(), "{:.200}", stored.parameters.get());
    }
}

#[tokio::test]
async fn parameters_are_checked_before_anything_is_scheduled() {
    let (sandbox, api) = sample().await;
    let task = FlowRunTask::new().flow_name(FLOW).project_name(PROJECT);
    let outcome = task.clone().parameters(json!({"nmae": 1})).unwrap().run(&api).await;
    let Err(FlowRunTaskError::Schedule(prefect_flow_run::ScheduleError::Parameters(mismatch))) = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((mismatch.missing, mismatch.undeclared), (vec!["name".to_owned()], vec!["nmae".to_owned()]));
    assert_eq!(asked(&sandbox), ["flow"]);

    // The server itself takes what is not declared.
    let flow = api.find_flow(FLOW).await.unwrap();
    let extra = FlowRunRequest::new().parameters(json!({"name": 1, "extra": 2})).unwrap();
    assert!(flow.schedule(extra.clone()).await.is_err());
    flow.schedule(extra.unchecked()).await.unwrap();
}

#[tokio::test]
async fn a_default_of_the_flow_group_counts_as_given() {
    let (sandbox, api, project) = empty().await;
    let spec = FlowSpec::new(project, "F").parameter(ParameterSpec::required("x"));
    let registered = sandbox.register_flow(spec).await.unwrap();
    sandbox.set_default_parameters(registered.flow_group_id, json!({"x": 5})).await.unwrap();
    FlowRunTask::new().flow_name("F").run(&api).await.unwrap();
    assert_eq!(only_run(&sandbox).await.parameters.get(), r#"{"x":5}"#);
}

#[tokio::test]
async fn a_run_costs_two_requests_and_a_further_one_one_on_one_connection() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let flow = find(&api, "F").await.unwrap();
    flow.schedule(FlowRunRequest::new()).await.unwrap();
    assert_eq!(asked(&sandbox), ["flow", "create_flow_run"]);
    flow.schedule(FlowRunRequest::new()).await.unwrap();
    assert_eq!(asked(&sandbox), ["flow", "create_flow_run", "create_flow_run"]);
    let connections: BTreeSet<_> = sandbox.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections.len(), 1);
}
