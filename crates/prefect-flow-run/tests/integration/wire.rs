//! Line 6 of the contract: what goes over the wire to Server and to Cloud.

use mockito::{Matcher, Mock, Server, ServerGuard};
use prefect_flow_run::transport::{Credentials, Kind};
use prefect_flow_run::{
    Api, Backend, FlowRunRequest, FlowRunTask, LoginError, ScheduleError, Tenant, TenantId, TokenLogin,
};
use serde_json::json;

use crate::support::{cloud, server, transport};

const FLOW_ID: &str = "8fa789e3-c5bd-42ed-80a3-4f308772b006";
const RUN_ID: &str = "dbef0452-115f-4f81-ae17-7d72697fbe27";
const TENANT_ID: &str = "11111111-1111-4111-8111-111111111111";

/// Mocks an operation that carries `bearer`, answering with `data`.
async fn operation(
    server: &mut ServerGuard,
    name: &str,
    bearer: Option<&str>,
    tenant: Option<&str>,
    data: serde_json::Value,
) -> Mock {
    let header = |value: Option<String>| value.map_or(Matcher::Missing, Matcher::Exact);
    server
        .mock("POST", "/")
        .match_header("authorization", header(bearer.map(|token| format!("Bearer {token}"))))
        .match_header("x-prefect-tenant-id", header(tenant.map(str::to_owned)))
        .match_header("x-prefect-core-version", "1.4.1")
        .match_body(Matcher::Regex(format!(r"\b{name}\b")))
        .with_body(json!({ "data": data }).to_string())
        .create_async()
        .await
}

fn found() -> serde_json::Value {
    json!({ "flow": [{
        "id": FLOW_ID, "name": "F", "version": 2, "parameters": [],
        "run_config_type": null, "run_config_labels": null, "environment_labels": null,
        "flow_group": {"default_parameters": null, "labels": null, "run_config_type": null, "run_config_labels": null},
        "project": {"id": FLOW_ID, "name": "P", "tenant_id": TENANT_ID},
    }] })
}

fn created() -> serde_json::Value {
    json!({ "create_flow_run": { "id": RUN_ID } })
}

fn tokens(field: &str, number: u32, expires_in: i64) -> serde_json::Value {
    let expires_at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(expires_in);
    json!({ field: {
        "access_token": format!("access-{number}"),
        "refresh_token": format!("refresh-{number}"),
        "expires_at": expires_at.to_string(),
    } })
}

fn task() -> FlowRunTask {
    FlowRunTask::new().flow_name("F").project_name("P")
}

fn token_api(url: &str, tenant: Tenant) -> Api {
    let transport = transport(url);
    let login = TokenLogin::new(transport.clone(), "api-token", tenant);
    Api::new(transport.with_credentials(login), Backend::Cloud)
}

fn tenant_id() -> Tenant {
    Tenant::Id(TENANT_ID.parse::<TenantId>().unwrap())
}

#[tokio::test]
async fn line_6_server_wants_no_credentials() {
    let mut mock = Server::new_async().await;
    let lookup = operation(&mut mock, "FindFlow", None, None, found()).await;
    let create = operation(&mut mock, "CreateFlowRun", None, None, created()).await;
    let id = task().run(&server(&mock.url())).await.unwrap();
    assert_eq!(id.to_string(), RUN_ID);
    lookup.assert_async().await;
    create.assert_async().await;
}

#[tokio::test]
async fn line_6_cloud_knows_the_api_key_and_the_tenant() {
    let mut mock = Server::new_async().await;
    let (key, tenant) = (Some("key-1"), Some(TENANT_ID));
    let lookup = operation(&mut mock, "FindFlow", key, tenant, found()).await;
    let create = operation(&mut mock, "CreateFlowRun", key, tenant, created()).await;
    let credentials = Credentials::bearer("key-1").tenant_id(TENANT_ID);
    let api = Api::new(transport(&mock.url()).with_credentials(credentials), Backend::Cloud);
    task().run(&api).await.unwrap();
    lookup.assert_async().await;
    create.assert_async().await;
}

#[tokio::test]
async fn line_6_an_api_token_logs_in_to_the_tenant_once() {
    let mut mock = Server::new_async().await;
    let token = Some("api-token");
    let tenant =
        operation(&mut mock, "FindTenant", token, None, json!({"tenant": [{"id": TENANT_ID}]})).await;
    let switch = operation(&mut mock, "SwitchTenant", token, None, tokens("switch_tenant", 1, 600)).await;
    let access = Some("access-1");
    let lookup = operation(&mut mock, "FindFlow", access, None, found()).await.expect(5);
    let create = operation(&mut mock, "CreateFlowRun", access, None, created()).await.expect(5);
    let api = token_api(&mock.url(), tenant_id());
    let task = task();
    futures_util::future::join_all((0..4).map(|_| task.run(&api))).await;
    task.run(&api).await.unwrap();
    for mock in [tenant, switch, lookup, create] {
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn line_6_a_token_about_to_expire_is_refreshed() {
    let mut mock = Server::new_async().await;
    let token = Some("api-token");
    operation(&mut mock, "FindTenant", token, None, json!({"tenant": [{"id": TENANT_ID}]})).await;
    operation(&mut mock, "SwitchTenant", token, None, tokens("switch_tenant", 1, 29)).await;
    operation(&mut mock, "FindFlow", Some("access-1"), None, found()).await;
    let refresh =
        operation(&mut mock, "RefreshToken", Some("refresh-1"), None, tokens("refresh_token", 2, 600)).await;
    let create = operation(&mut mock, "CreateFlowRun", Some("access-2"), None, created()).await;
    task().run(&token_api(&mock.url(), Tenant::Slug("acme".to_owned()))).await.unwrap();
    refresh.assert_async().await;
    create.assert_async().await;
}

#[tokio::test]
async fn line_6_a_refused_refresh_is_followed_by_a_log_in() {
    let mut mock = Server::new_async().await;
    let token = Some("api-token");
    operation(&mut mock, "FindTenant", token, None, json!({"tenant": [{"id": TENANT_ID}]})).await;
    let switch =
        operation(&mut mock, "SwitchTenant", token, None, tokens("switch_tenant", 1, 10)).await.expect(2);
    operation(&mut mock, "FindFlow", Some("access-1"), None, found()).await;
    operation(&mut mock, "RefreshToken", Some("refresh-1"), None, json!({"refresh_token": null})).await;
    operation(&mut mock, "CreateFlowRun", Some("access-1"), None, created()).await;
    task().run(&token_api(&mock.url(), tenant_id())).await.unwrap();
    switch.assert_async().await;
}

#[tokio::test]
async fn a_token_that_is_refused_on_the_way_is_renewed_and_the_request_sent_once_more() {
    let mut mock = Server::new_async().await;
    let token = Some("api-token");
    operation(&mut mock, "FindTenant", token, None, json!({"tenant": [{"id": TENANT_ID}]})).await;
    let switch = operation(&mut mock, "SwitchTenant", token, None, tokens("switch_tenant", 1, 600)).await;
    let refresh =
        operation(&mut mock, "RefreshToken", Some("refresh-1"), None, tokens("refresh_token", 2, 600)).await;
    operation(&mut mock, "FindFlow", Some("access-1"), None, found()).await;
    let refusal = r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}],"data":null}"#;
    let refused = mock
        .mock("POST", "/")
        .match_header("authorization", "Bearer access-1")
        .match_body(Matcher::Regex("mutation CreateFlowRun".to_owned()))
        .with_body(refusal)
        .create_async()
        .await;
    let create = operation(&mut mock, "CreateFlowRun", Some("access-2"), None, created()).await;
    task().run(&token_api(&mock.url(), tenant_id())).await.unwrap();
    for mock in [switch, refresh, refused, create] {
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn an_id_beside_an_error_is_a_run_and_a_run_without_an_id_is_in_doubt() {
    let mut mock = Server::new_async().await;
    operation(&mut mock, "FindFlow", None, None, found()).await;
    let api = server(&mock.url());
    for (run, schedules) in [
        (json!({ "id": RUN_ID }), Ok(RUN_ID)),
        (json!({ "id": null }), Err("unknown")),
        (json!({ "id": "no id" }), Err("unknown")),
        (json!(null), Err("not scheduled")),
    ] {
        let answer = json!({ "data": { "create_flow_run": run }, "errors": [{ "message": "half" }] });
        let create = mock
            .mock("POST", "/")
            .match_body(Matcher::Regex("mutation CreateFlowRun".to_owned()))
            .with_body(answer.to_string())
            .create_async()
            .await;
        let by_key = operation(&mut mock, "FlowRunByKey", None, None, json!({ "flow_run": [] })).await;
        let by_key = by_key.expect(usize::from(schedules == Err("unknown")));
        let flow = api.find_flow("F").await.unwrap();
        let outcome = match flow.schedule(FlowRunRequest::new()).await {
            Ok(scheduled) => Ok(scheduled.id.to_string()),
            Err(ScheduleError::OutcomeUnknown { .. }) => Err("unknown"),
            Err(ScheduleError::NotScheduled(_)) => Err("not scheduled"),
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(outcome.as_deref().map_err(|told| *told), schedules, "{answer}");
        create.assert_async().await;
        by_key.assert_async().await;
        create.remove_async().await;
        by_key.remove_async().await;
    }
}

/// The server that answers last is older than the one that answered first, as while a server is set back.
#[tokio::test]
async fn a_run_in_doubt_is_not_made_of_a_newer_version_when_the_server_turns_out_to_know_no_keys() {
    let mut mock = Server::new_async().await;
    let refusal = |message: String| json!({ "errors": [{ "message": message }] }).to_string();
    let mut newer = found();
    newer["flow"][0]["id"] = RUN_ID.into();
    let schema = json!({ "data": {
        "flow": { "fields": [{ "name": "id" }, { "name": "project" }] },
        "flow_group": { "fields": [] },
        "create_flow_run_input": { "inputFields": [{ "name": "flow_id" }] },
    } });
    let mut answers = Vec::new();
    for (operation, status, body) in [
        ("FindFlow", 200, json!({ "data": found() }).to_string()),
        ("CreateFlowRun", 503, String::new()),
        ("CreateFlowRun", 200, refusal(format!("Flow {FLOW_ID} is archived."))),
        ("FindFlow", 200, refusal("Cannot query field \"run_config\" on type \"flow_group\".".to_owned())),
        ("ServerSchema", 200, schema.to_string()),
        ("FindFlowWithProjects", 200, json!({ "data": newer }).to_string()),
    ] {
        let answer = mock.mock("POST", "/").match_body(Matcher::Regex(format!(r"\b{operation}\b")));
        answers.push(answer.with_status(status).with_body(body).create_async().await);
    }
    let flow = server(&mock.url()).find_flow("F").await.unwrap();
    let error = flow.schedule(FlowRunRequest::new()).await.unwrap_err();
    assert!(matches!(&error, ScheduleError::OutcomeUnknown { resumable: false, .. }), "{error:?}");
    for answer in answers {
        answer.assert_async().await;
    }
}

#[tokio::test]
async fn a_log_in_that_fails_says_why_and_nothing_else_is_sent() {
    let mut mock = Server::new_async().await;
    operation(&mut mock, "FindTenant", Some("api-token"), None, json!({"tenant": []})).await;
    let lookup = operation(&mut mock, "FindFlow", None, None, found()).await.expect(0);
    let api = token_api(&mock.url(), Tenant::Slug("acme".to_owned()));
    let error = api.flow_run(RUN_ID.parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials);
    let cause = std::error::Error::source(&error).unwrap().downcast_ref::<LoginError>().unwrap();
    assert_eq!(cause.to_string(), "the API token gives access to no tenant \"acme\"");
    assert!(!format!("{error:?} {api:?}").contains("api-token"));
    lookup.assert_async().await;
}

#[tokio::test]
async fn a_refused_token_is_unauthorized() {
    let mut mock = Server::new_async().await;
    let body = r#"{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}],"data":null}"#;
    mock.mock("POST", "/").with_body(body).expect_at_least(1).create_async().await;
    let error = token_api(&mock.url(), tenant_id()).flow_run(RUN_ID.parse().unwrap()).await.unwrap_err();
    assert!(error.is_unauthorized() && !error.may_have_executed(), "{error:?}");
    let error = cloud(&mock.url()).flow_run(RUN_ID.parse().unwrap()).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
}
