//! Tenants, projects, and links into the user interface.

use mockito::Server;
use prefect_flow_run::transport::Credentials;
use prefect_flow_run::{
    Api, Backend, CreateProjectError, DeleteProjectError, FlowRunId, FlowRunRequest, ProjectId, TenantError,
    TenantId, UiError,
};
use prefect_sandbox::{CloudMode, FlowSpec, Sandbox};
use uuid::Uuid;

use crate::support::Fault::AnswerLost;
use crate::support::{self, Faults, asked, empty, faulty, register, server, server_of_tenant, transport};

/// A sandbox that plays Prefect Cloud, and the API for a key that opens two tenants.
async fn cloud() -> (Sandbox, impl Fn(Option<TenantId>) -> Api) {
    let mode = CloudMode::new().api_key("key-1", "acme").api_key("key-1", "beta");
    let sandbox = Sandbox::builder().cloud(mode).start().await.unwrap();
    let url = sandbox.url();
    let api = move |tenant: Option<TenantId>| {
        let key = Credentials::bearer("key-1");
        let key = if let Some(tenant) = tenant { key.tenant_id(tenant) } else { key };
        Api::with_tenant(transport(&url).with_credentials(key), Backend::Cloud, tenant)
    };
    (sandbox, api)
}

#[tokio::test]
async fn the_tenant_of_a_server_is_the_configured_or_the_oldest_one() {
    let (sandbox, api, _) = empty().await;
    let other = sandbox.create_tenant("Another One").await.unwrap();
    let slugs: Vec<_> = api.tenants().await.unwrap().into_iter().map(|tenant| tenant.slug).collect();
    assert_eq!(slugs, ["default", "another-one"]);
    assert_eq!(api.tenant().await.unwrap().id.0, sandbox.default_tenant());
    let tenant = server_of_tenant(&sandbox.url(), other).tenant().await.unwrap();
    assert_eq!(
        (tenant.id.0, tenant.name.as_str(), tenant.slug.as_str()),
        (other, "Another One", "another-one")
    );

    let error = server_of_tenant(&sandbox.url(), Uuid::nil()).tenant().await.unwrap_err();
    assert!(matches!(error, TenantError::NotFound { .. }), "{error:?}");
    insta::assert_snapshot!(error, @"there is no tenant 00000000-0000-0000-0000-000000000000 among those that can be seen; check the tenant's id");
}

#[tokio::test]
async fn the_tenant_of_cloud_is_that_of_the_credentials() {
    let (sandbox, api) = cloud().await;
    assert_eq!(api(None).tenant().await.unwrap().slug, "acme");
    assert_eq!(asked(&sandbox), ["auth_info", "tenant"]);
    let beta = TenantId(sandbox.tenant("beta").await.unwrap());
    assert_eq!(api(Some(beta)).tenant().await.unwrap().slug, "beta");
    assert_eq!(asked(&sandbox), ["auth_info", "tenant", "tenant"]);
}

#[tokio::test]
async fn no_tenant_is_said_so() {
    let mut mock = Server::new_async().await;
    mock.mock("POST", "/")
        .with_body(r#"{"data":{"tenant":[],"auth_info":null}}"#)
        .expect(2)
        .create_async()
        .await;
    let error = server(&mock.url()).tenant().await.unwrap_err();
    assert!(matches!(error, TenantError::NoTenants), "{error:?}");
    insta::assert_snapshot!(error, @"the server has no tenant; create one, as `prefect server create-tenant` does");
    let error = support::cloud(&mock.url()).tenant().await.unwrap_err();
    assert!(matches!(error, TenantError::NotNamed), "{error:?}");
    insta::assert_snapshot!(error, @"Prefect Cloud names no tenant for these credentials; give the tenant's id");
}

#[tokio::test]
async fn projects_are_listed_and_found() {
    let (sandbox, api, project) = empty().await;
    let other = sandbox.create_tenant("Other").await.unwrap();
    sandbox.create_project(other, "A").await.unwrap();
    let names = async |api: &Api| -> Vec<String> {
        api.projects().await.unwrap().into_iter().map(|project| project.name).collect()
    };
    assert_eq!(names(&api).await, ["A", "P"]);
    assert_eq!(names(&server_of_tenant(&sandbox.url(), other)).await, ["A"]);
    let found = api.project("P").await.unwrap().unwrap();
    assert_eq!((found.id.0, found.tenant_id), (project, Some(TenantId(sandbox.default_tenant()))));
    assert!(api.project("Nope").await.unwrap().is_none());
    assert!(server_of_tenant(&sandbox.url(), other).project("P").await.unwrap().is_none());
}

#[tokio::test]
async fn a_project_is_made_once_per_tenant() {
    let (sandbox, api, _) = empty().await;
    let other = sandbox.create_tenant("Other").await.unwrap();
    let faults = Faults::default();
    // An answer that is lost does no harm: the second time finds the project of the first.
    faults.on("create_project(", [AnswerLost]);
    let id = faulty(&sandbox.url(), &faults).create_project("New", Some("of tests")).await.unwrap();
    let project = api.project("New").await.unwrap().unwrap();
    assert_eq!((project.id, project.description.as_deref()), (id, Some("of tests")));
    assert_eq!(project.tenant_id, Some(TenantId(sandbox.default_tenant())));
    assert_eq!(api.create_project("New", Some("changed")).await.unwrap(), id);
    assert_eq!(api.project("New").await.unwrap().unwrap().description.as_deref(), Some("of tests"));
    assert_ne!(server_of_tenant(&sandbox.url(), other).create_project("New", None).await.unwrap(), id);

    let before = sandbox.requests().len();
    let error = api.create_project("", None).await.unwrap_err();
    assert!(matches!(error, CreateProjectError::EmptyName), "{error:?}");
    insta::assert_snapshot!(error, @"a project cannot have an empty name");
    assert_eq!(sandbox.requests().len(), before);
}

#[tokio::test]
async fn a_project_on_cloud_is_made_in_the_tenant_of_the_key() {
    let (sandbox, api) = cloud().await;
    let beta = TenantId(sandbox.tenant("beta").await.unwrap());
    api(Some(beta)).create_project("New", None).await.unwrap();
    assert!(api(None).project("New").await.unwrap().is_none());
    assert_eq!(api(Some(beta)).project("New").await.unwrap().unwrap().tenant_id, Some(beta));
}

#[tokio::test]
async fn a_project_is_deleted_with_its_flows() {
    let (sandbox, api, project) = empty().await;
    sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap();
    api.delete_project(ProjectId(project)).await.unwrap();
    assert!(api.projects().await.unwrap().is_empty());
    assert!(api.find_flow("F").await.is_err());
    let error = api.delete_project(ProjectId(Uuid::nil())).await.unwrap_err();
    assert!(matches!(error, DeleteProjectError::NotFound { .. }), "{error:?}");
    insta::assert_snapshot!(error, @"there is no project 00000000-0000-0000-0000-000000000000");

    let second = api.create_project("Q", None).await.unwrap();
    let faults = Faults::default();
    faults.on("delete_project(", [AnswerLost]);
    let error = faulty(&sandbox.url(), &faults).delete_project(second).await.unwrap_err();
    assert!(matches!(&error, DeleteProjectError::Transport(error) if error.may_have_executed()), "{error:?}");
}

#[tokio::test]
async fn links_lead_to_the_user_interface() {
    let (sandbox, api, project) = empty().await;
    register(&sandbox, project).await;
    let run = api.find_flow("F").await.unwrap().schedule(FlowRunRequest::new()).await.unwrap();
    assert_eq!(run.url().await.unwrap(), format!("http://localhost:8080/default/flow-run/{}", run.id));
    let elsewhere = api.with_ui("https://ui.example.org/prefect/");
    let url = elsewhere.flow_run_url(run.id).await.unwrap();
    assert_eq!(url, format!("https://ui.example.org/prefect/default/flow-run/{}", run.id));

    let before = sandbox.requests().len();
    let error = elsewhere.with_ui("").flow_run_url(FlowRunId(Uuid::nil())).await.unwrap_err();
    assert!(matches!(error, UiError::NoEndpoint), "{error:?}");
    insta::assert_snapshot!(error, @"the user interface's address is not known; it is set as `server.ui.endpoint`");
    assert_eq!(sandbox.requests().len(), before);
    let error = server_of_tenant(&sandbox.url(), Uuid::nil()).ui_links().await.unwrap_err();
    assert!(matches!(error, UiError::Tenant(TenantError::NotFound { .. })), "{error:?}");
}
