//! The lookup of a flow by its id, its flow group or its version group.

use prefect_flow_run::{Api, FindFlowError, Flow, FlowReference, FlowRunRequest, ScheduleError};
use prefect_sandbox::{FlowSpec, RegisteredFlow, Sandbox};

use crate::support::{empty, flow_id, register, server_of_tenant};

/// The ways to ask for a flow other than its name, with the id of the version last.
fn references(registered: &RegisteredFlow) -> [FlowReference; 3] {
    [
        FlowReference::Group(registered.flow_group_id.into()),
        FlowReference::VersionGroup(registered.version_group_id.clone()),
        FlowReference::Version(flow_id(registered)),
    ]
}

async fn scheduled_flow_ids(sandbox: &Sandbox) -> Vec<uuid::Uuid> {
    sandbox.flow_runs().await.unwrap().into_iter().map(|run| run.flow_id).collect()
}

#[tokio::test]
async fn each_finds_the_flow_and_schedules_with_one_request() {
    let (sandbox, api, project) = empty().await;
    let registered = register(&sandbox, project).await;
    register(&sandbox, sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap()).await;
    for flow in [
        api.flow(flow_id(&registered)).await.unwrap(),
        api.flow_of_group(registered.flow_group_id.into()).await.unwrap(),
        api.flow_of_version_group(&registered.version_group_id).await.unwrap(),
    ] {
        assert_eq!((flow.id(), flow.name(), flow.project_name()), (flow_id(&registered), "F", "P"));
        assert_eq!(flow.parameters().unwrap()[0].name, "x");
        flow.schedule(FlowRunRequest::new()).await.unwrap();
    }
    assert_eq!(scheduled_flow_ids(&sandbox).await, [registered.flow_id; 3]);
    assert_eq!(sandbox.requests().len(), 6);
}

#[tokio::test]
async fn of_a_group_it_is_the_highest_unarchived_version() {
    let (sandbox, api, project) = empty().await;
    let spec = || FlowSpec::new(project, "F").keep_previous();
    let five = sandbox.register_flow(spec().version(5)).await.unwrap();
    let three = sandbox.register_flow(spec().version(3)).await.unwrap();
    sandbox.register_flow(spec().version(7).archived(true)).await.unwrap();
    let [group, version_group, version] = references(&three);
    for reference in [group, version_group] {
        assert_eq!(api.flow_by(reference).await.unwrap().id(), flow_id(&five));
    }
    assert_eq!(api.flow_by(version).await.unwrap().id(), flow_id(&three));
}

#[tokio::test]
async fn what_there_is_not_and_what_is_archived_are_errors() {
    let (sandbox, api, project) = empty().await;
    let registered = register(&sandbox, project).await;
    sandbox.archive_flow(registered.flow_id).await.unwrap();
    for wanted in references(&registered) {
        let error = api.flow_by(wanted.clone()).await.unwrap_err();
        let FindFlowError::Archived { reference, flow_name } = error else { panic!("{error:?}") };
        assert_eq!((reference, flow_name.as_str()), (wanted, "F"));
    }
    let nil = uuid::Uuid::nil();
    let nowhere = "no-such-group".to_owned();
    for wanted in [
        FlowReference::Group(nil.into()),
        FlowReference::VersionGroup(nowhere),
        FlowReference::Version(nil.into()),
    ] {
        let error = api.flow_by(wanted.clone()).await.unwrap_err();
        assert!(matches!(&error, FindFlowError::Unknown { reference } if *reference == wanted), "{error:?}");
    }
}

#[tokio::test]
async fn a_flow_of_another_tenant_is_not_found() {
    let (sandbox, _, project) = empty().await;
    let registered = register(&sandbox, project).await;
    let other = server_of_tenant(&sandbox.url(), sandbox.create_tenant("Other").await.unwrap());
    let ours = server_of_tenant(&sandbox.url(), sandbox.default_tenant());
    for reference in references(&registered) {
        assert!(ours.flow_by(reference.clone()).await.is_ok());
        let error = other.flow_by(reference).await.unwrap_err();
        assert!(matches!(error, FindFlowError::Unknown { .. }), "{error:?}");
    }
}

/// Finds a flow by each of its groups, in a sandbox of its own each time.
async fn by_groups() -> Vec<(Sandbox, Api, uuid::Uuid, RegisteredFlow, Flow)> {
    let mut settings = Vec::new();
    for index in 0..2 {
        let (sandbox, api, project) = empty().await;
        let registered = register(&sandbox, project).await;
        let [group, version_group, _] = references(&registered);
        let flow = api.flow_by([group, version_group][index].clone()).await.unwrap();
        settings.push((sandbox, api, project, registered, flow));
    }
    settings
}

#[tokio::test]
async fn a_groups_version_archived_since_is_replaced_by_the_groups_newer_one() {
    for (sandbox, _, project, registered, flow) in by_groups().await {
        let newer = register(&sandbox, project).await;
        assert_eq!(newer.flow_group_id, registered.flow_group_id);
        // Another flow of the same name would make a lookup by name ambiguous, or find the wrong one.
        let renamed =
            FlowSpec::new(sandbox.create_project(sandbox.default_tenant(), "Q").await.unwrap(), "F");
        sandbox.register_flow(renamed.version(99)).await.unwrap();
        let scheduled = flow.schedule(FlowRunRequest::new()).await.unwrap();
        assert_eq!(scheduled.flow_id, flow_id(&newer));
        // Archived once more, it is still looked up by its group.
        let newest = register(&sandbox, project).await;
        let before = sandbox.requests().len();
        scheduled.flow.unwrap().schedule(FlowRunRequest::new()).await.unwrap();
        let asked: Vec<_> = sandbox.requests().drain(before..).filter_map(|r| r.operation_name).collect();
        assert_eq!(asked, ["CreateFlowRun", "FindVersion", "FlowRunByKey", "CreateFlowRun"]);
        assert_eq!(scheduled_flow_ids(&sandbox).await, [newer.flow_id, newest.flow_id]);
    }
}

#[tokio::test]
async fn a_group_without_a_newer_version_is_an_error() {
    for (sandbox, _, _, registered, flow) in by_groups().await {
        sandbox.archive_flow(registered.flow_id).await.unwrap();
        let error = flow.schedule(FlowRunRequest::new()).await.unwrap_err();
        let ScheduleError::NoNewerVersion(FindFlowError::Archived { .. }) = error else {
            panic!("{error:?}")
        };
        assert!(scheduled_flow_ids(&sandbox).await.is_empty());
    }
}

#[tokio::test]
async fn a_version_that_was_asked_for_by_its_id_is_never_replaced() {
    let (sandbox, api, project) = empty().await;
    let flow = api.flow(flow_id(&register(&sandbox, project).await)).await.unwrap();
    register(&sandbox, project).await;
    let error = flow.schedule(FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Archived { flow_id } if flow_id == flow.id()), "{error:?}");
    assert!(scheduled_flow_ids(&sandbox).await.is_empty());
    let last = sandbox.requests().pop().unwrap().operation_name;
    assert_eq!(last.as_deref(), Some("FlowRunByKey"), "a lookup would be for nothing");
}
