//! The client: what it makes of its configuration.

use mockito::{Matcher, Mock, Server, ServerGuard};
use prefect_client::config::Sources;
use prefect_client::transport::{RetryPolicy, TransportBuilder};
use prefect_client::{Backend, Client, ClientError, FlowRunId, UiError};
use serde_json::json;

const TENANT: &str = "11111111-1111-4111-8111-111111111111";

/// Answers that there is no such run, to a request with these headers.
async fn no_run(server: &mut ServerGuard, bearer: Option<&str>, tenant: Option<&str>) -> Mock {
    let header = |value: Option<String>| value.map_or(Matcher::Missing, Matcher::Exact);
    server
        .mock("POST", "/")
        .match_header("authorization", header(bearer.map(|bearer| format!("Bearer {bearer}"))))
        .match_header("x-prefect-tenant-id", header(tenant.map(str::to_owned)))
        .match_body(Matcher::Regex("query FlowRunState".to_owned()))
        .with_body(r#"{"data":{"flow_run_by_pk":null}}"#)
        .create_async()
        .await
}

async fn ask(client: &Client) {
    assert!(client.flow_run(FlowRunId(uuid::Uuid::nil())).await.unwrap().is_none());
}

fn cloud(url: &str) -> Sources {
    Sources::default().variable("PREFECT__BACKEND", "cloud").variable("PREFECT__CLOUD__ENDPOINT", url)
}

#[test]
fn the_defaults_are_the_back_ends() {
    for (backend, url) in
        [(Backend::Server, "http://localhost:4200/"), (Backend::Cloud, "https://api.prefect.io/")]
    {
        let client = Client::builder().backend(backend).build().unwrap();
        assert_eq!((client.backend(), client.transport().endpoint().to_string().as_str()), (backend, url));
    }
    assert_eq!(Client::builder().build().unwrap().backend(), Backend::Server);
}

#[tokio::test]
async fn a_key_and_a_tenant_from_the_environment_are_sent() {
    let mut server = Server::new_async().await;
    let mock = no_run(&mut server, Some("key-1"), Some(TENANT)).await;
    let sources = cloud(&server.url())
        .variable("PREFECT__CLOUD__API_KEY", "key-1")
        .variable("PREFECT__CLOUD__TENANT_ID", TENANT);
    ask(&Client::builder().build_discovering(&sources).unwrap()).await;
    mock.assert_async().await;
}

#[tokio::test]
async fn what_the_program_says_wins() {
    let mut server = Server::new_async().await;
    let mock = no_run(&mut server, Some("key-2"), Some(TENANT)).await;
    let sources = cloud("https://example.invalid")
        .variable("PREFECT__CLOUD__API_KEY", "key-1")
        .variable("PREFECT__CLOUD__TENANT_ID", "22222222-2222-4222-8222-222222222222");
    let client = Client::builder()
        .backend(Backend::Server)
        .api(server.url())
        .api_key("key-2")
        .tenant_id(TENANT.parse().unwrap())
        .build_discovering(&sources)
        .unwrap();
    assert_eq!(client.backend(), Backend::Server);
    ask(&client).await;
    mock.assert_async().await;
}

#[tokio::test]
async fn a_login_on_disk_is_used_unless_a_token_is_given() {
    let mut server = Server::new_async().await;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".prefect");
    std::fs::create_dir(&folder).unwrap();
    let host = server.host_with_port().replace(':', "-");
    std::fs::write(
        folder.join("auth.toml"),
        format!("[\"{host}\"]\napi_key = \"stored-key\"\ntenant_id = \"{TENANT}\"\n"),
    )
    .unwrap();
    let sources = cloud(&server.url()).home(home.path());
    let mock = no_run(&mut server, Some("stored-key"), Some(TENANT)).await;
    for builder in [Client::builder(), Client::builder().auth_token("")] {
        ask(&builder.build_discovering(&sources).unwrap()).await;
    }
    mock.expect(2).assert_async().await;

    let mock = no_run(&mut server, Some("token-1"), None).await;
    ask(&Client::builder().auth_token("token-1").build_discovering(&sources).unwrap()).await;
    mock.assert_async().await;
}

#[tokio::test]
async fn an_empty_key_is_none() {
    let mut server = Server::new_async().await;
    let mock = no_run(&mut server, None, None).await;
    ask(&Client::builder().api(server.url()).api_key("").build().unwrap()).await;
    mock.assert_async().await;
}

#[tokio::test(start_paused = true)]
async fn a_configured_request_timeout_is_kept() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for seconds in [3, 300] {
        let sources = cloud(&format!("http://{}", silent.local_addr().unwrap()))
            .variable("PREFECT__CLOUD__REQUEST_TIMEOUT", seconds.to_string());
        let once = |transport: TransportBuilder| transport.retry(RetryPolicy::never());
        let client = Client::builder().transport(once).build_discovering(&sources).unwrap();
        let error = client.flow_run(FlowRunId(uuid::Uuid::nil())).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(error.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn a_token_without_a_tenant_is_sent_as_it_is() {
    let mut server = Server::new_async().await;
    let mock = no_run(&mut server, Some("token-1"), None).await;
    ask(&Client::builder().api(server.url()).auth_token("token-1").build().unwrap()).await;
    mock.assert_async().await;
}

#[tokio::test]
async fn a_token_with_a_tenant_logs_in() {
    let mut server = Server::new_async().await;
    let mut answer = async |operation: &str, data: serde_json::Value| {
        server
            .mock("POST", "/")
            .match_header("authorization", "Bearer token-1")
            .match_body(Matcher::Regex(format!(r"\b{operation}\b")))
            .with_body(json!({ "data": data }).to_string())
            .create_async()
            .await
    };
    answer("FindTenant", json!({ "tenant": [{ "id": TENANT }] })).await;
    let tokens =
        json!({"access_token": "access-1", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00+00:00"});
    answer("SwitchTenant", json!({ "switch_tenant": tokens })).await;
    let mock = no_run(&mut server, Some("access-1"), None).await;
    let client = Client::builder()
        .api(server.url())
        .auth_token("token-1")
        .tenant_id(TENANT.parse().unwrap())
        .build()
        .unwrap();
    ask(&client).await;
    mock.assert_async().await;
}

#[tokio::test]
async fn links_begin_with_the_user_interface_that_is_configured() {
    let mut server = Server::new_async().await;
    let tenants = json!({ "data": { "tenant": [{ "id": TENANT, "name": "Acme", "slug": "acme" }] } });
    server.mock("POST", "/").with_body(tenants.to_string()).expect_at_least(1).create_async().await;
    let run = FlowRunId(uuid::Uuid::nil());
    let built = || Client::builder().api(server.url());
    let sources = |ui: &str| {
        Sources::default()
            .variable("PREFECT__BACKEND", "server")
            .variable("PREFECT__SERVER__UI__ENDPOINT", ui)
    };
    for (client, ui) in [
        (built().build(), "http://localhost:8080"),
        (built().ui("https://ui.example/").build(), "https://ui.example"),
        (built().build_discovering(&sources("https://other.example")), "https://other.example"),
        (built().ui("https://ui.example").build_discovering(&sources("x")), "https://ui.example"),
    ] {
        let url = client.unwrap().flow_run_url(run).await.unwrap();
        assert_eq!(url, format!("{ui}/acme/flow-run/{run}"));
    }
    let error = built().build_discovering(&sources("")).unwrap().flow_run_url(run).await.unwrap_err();
    assert!(matches!(error, UiError::NoEndpoint), "{error:?}");
}

#[test]
fn what_cannot_be_used_is_an_error_without_secrets() {
    let bad = cloud("localhost").variable("PREFECT__CLOUD__API_KEY", "hunter2");
    let builder = Client::builder().api_key("hunter2").auth_token("hunter2");
    let mut shown = format!("{builder:?} {bad:?}");
    let error = builder.build_discovering(&bad).unwrap_err();
    assert!(matches!(error, ClientError::Transport(_)), "{error:?}");
    shown += &format!("{error} {error:?}");
    let client = Client::builder().api_key("hunter2").build().unwrap();
    shown += &format!("{client:?}");
    let client = Client::builder().auth_token("hunter2").tenant_id(TENANT.parse().unwrap()).build().unwrap();
    shown += &format!("{client:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
