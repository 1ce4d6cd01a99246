//! Known secrets in every place that takes one, and everything that is shown: no secret is.
//!
//! What is shown is captured at `TRACE`, of all crates, and of every public value that reaches a secret. A binary
//! of its own, as there is one subscriber.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)]

mod capture;
mod secrets;
mod server;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use prefect_client::config::{Configuration, Explicit, Sources};
use prefect_client::transport::{
    Credentials, Endpoint, Kind, ReqwestService, RetryPolicy, Transport, TransportBuilder,
};
use prefect_client::{
    Api, Backend, Client, ClientBuilder, ClientError, FlowRunId, FlowRunRequest, FlowRunTask, Tenant,
    TenantId, TokenLogin, blocking,
};
use prefect_sandbox::{CloudMode, Fault, FaultRule, Sandbox};
use serde_json::json;
use server::{Received, Server, http};

const FLOW: &str = "My Cloud Flow";
const PROJECT: &str = "My Cloud Project";

/// How long anything is waited for that may never come.
const PATIENCE: Duration = Duration::from_millis(20);

/// For servers that may never answer.
fn impatient(transport: TransportBuilder) -> TransportBuilder {
    let policy = RetryPolicy::default().max_attempts(2).min_delay(Duration::ZERO).max_delay(Duration::ZERO);
    let transport = transport.attempt_timeout(3 * PATIENCE).total_timeout(5 * PATIENCE);
    with_header(transport.retry(policy).max_response_bytes(64 * 1024))
}

fn with_header(transport: TransportBuilder) -> TransportBuilder {
    transport.header("x-canary", secrets::HEADER)
}

/// The two ways to be known: a key with a tenant, and a token that is logged in with.
fn builders(url: &str, tenant: TenantId) -> [ClientBuilder; 2] {
    let builder = || Client::builder().backend(Backend::Cloud).api(url);
    let with_key = builder().api_key(secrets::API_KEY).tenant_id(tenant);
    // The tenant of a log-in is sent in no header, and the error that there is none names it.
    let tenant = if tenant == self::tenant() { tenant_of_login() } else { tenant };
    [with_key, builder().auth_token(secrets::API_TOKEN).tenant_id(tenant)]
}

fn impatient_clients(url: &str, tenant: TenantId) -> [Client; 2] {
    builders(url, tenant).map(|builder| builder.transport(impatient).build().unwrap())
}

fn tenant() -> TenantId {
    secrets::TENANT.parse().unwrap()
}

fn tenant_of_login() -> TenantId {
    "00000000-0000-4000-8000-000000000001".parse().unwrap()
}

fn run() -> FlowRunId {
    "00000000-0000-4000-8000-000000000006".parse().unwrap()
}

/// Asks for a bit of everything, and shows whatever comes of it.
async fn use_all(client: &Client) {
    capture::value(client);
    capture::value(client.transport());
    capture::text(&client.transport().to_string());
    let task = FlowRunTask::new().flow_name(FLOW).project_name(PROJECT);
    let task = task.parameters(json!({ "name": "Ada" })).unwrap();
    capture::outcome(&task.run(client).await);
    // What it keeps of a run included.
    capture::value(&task);
    let found = client.find_flow(FLOW).in_project(PROJECT);
    capture::value(&found);
    let id = match found.await {
        Ok(flow) => {
            capture::value(&flow);
            let request = FlowRunRequest::new().parameters(json!({ "name": "Ada" })).unwrap();
            match flow.schedule(request).await {
                Ok(run) => {
                    capture::value(&run);
                    run.id
                }
                Err(error) => {
                    capture::error(&error);
                    run()
                }
            }
        }
        Err(error) => {
            capture::error(&error);
            run()
        }
    };
    capture::outcome(&client.flow_run(id).await);
    let wait = client.wait(id).timeout(PATIENCE);
    capture::value(&wait);
    capture::outcome(&wait.await);
    let mut watch = client.watch(id);
    if let Ok(Some(event)) = tokio::time::timeout(PATIENCE, watch.next()).await {
        capture::outcome(&event);
    }
    capture::value(&watch);
    let mut runs = client.list_flow_runs().stream();
    if let Some(run) = runs.next().await {
        capture::outcome(&run);
    }
    capture::outcome(&client.cancel(id).await);
    capture::outcome(&client.rename(id, "renamed").await);
    capture::outcome(&client.flow_run_url(id).await);
}

async fn cloud() -> (Sandbox, TenantId) {
    let cloud = CloudMode::new().api_key(secrets::API_KEY, "default").api_key(secrets::API_TOKEN, "default");
    capture::value(&cloud);
    let sandbox = Sandbox::builder().sample_flow(true).cloud(cloud).start().await.unwrap();
    capture::value(&sandbox);
    let tenant = TenantId(sandbox.default_tenant());
    (sandbox, tenant)
}

/// The tokens that sandboxes made are secrets like those that are known.
fn add_secrets_of(sandboxes: &[Sandbox]) {
    let requests: Vec<_> = sandboxes.iter().flat_map(Sandbox::requests).collect();
    let authorizations = requests.iter().filter_map(|request| request.header("authorization"));
    let bearers = authorizations.filter_map(|value| value.strip_prefix("Bearer "));
    secrets::made(bearers.map(str::to_owned).collect());
}

#[tokio::test]
async fn when_all_goes_well() {
    let _alone = capture::begin().await;
    let (sandbox, tenant) = cloud().await;
    for builder in builders(&sandbox.url(), tenant) {
        let builder = builder.transport(with_header);
        capture::value(&builder);
        let client = builder.build().unwrap();
        use_all(&client).await;
        let run = client.find_flow(FLOW).in_project(PROJECT).await.unwrap();
        run.schedule(FlowRunRequest::new().parameters(json!({ "name": "Ada" })).unwrap()).await.unwrap();
    }
    add_secrets_of(&[sandbox]);
    let shown = capture::assert_clean("success");
    for part in
        ["prefect.attempt", "reqwest::connect", "hyper_util::client", "prefect_sandbox", "FlowRunTask"]
    {
        assert!(shown.contains(part), "nothing of {part} was captured");
    }
}

#[tokio::test]
async fn when_anything_goes_wrong() {
    let _alone = capture::begin().await;
    for faults in Fault::every().chunks(8) {
        add_secrets_of(&join_all(faults.iter().map(suffer)).await);
        capture::assert_clean(&format!("one of {faults:?}"));
    }
}

/// Uses a sandbox that has a fault from the first request on, and from later ones: after the log-in.
async fn suffer(fault: &Fault) -> Sandbox {
    let (sandbox, tenant) = cloud().await;
    for skip in [0, 3] {
        sandbox.faults().add(FaultRule::new(fault.clone()).skip(skip).always());
        let [with_key, with_token] = impatient_clients(&sandbox.url(), tenant);
        tokio::join!(use_all(&with_key), use_all(&with_token));
        sandbox.faults().clear();
    }
    sandbox
}

/// The request as its server got it, in every place of an answer that a client may show.
fn echoes(request: &Received) -> Vec<String> {
    let all = format!("{}\n\n{}", request.head, request.body);
    let error =
        |message: &str| json!({ "message": message, "path": [message], "extensions": { "code": message } });
    let page = |status: &str| http(status, "content-type: text/html\r\n", &format!("<html><pre>{all}</pre>"));
    let graphql =
        |body: serde_json::Value| http("200 OK", "content-type: application/json\r\n", &body.to_string());
    let escaped =
        all.replace('/', "\\/").replace('+', "\\u002B").replace('\n', "\\n").replace(['\r', '"'], "");
    vec![
        page("502 Bad Gateway"),
        page("401 Unauthorized"),
        page("404 Not Found"),
        page("200 OK"),
        graphql(json!({ "errors": [error(&all)], "data": null })),
        graphql(json!({ "errors": all })),
        graphql(json!({ "data": all })),
        http("200 OK", "", &format!("{{\"errors\":[{{\"message\":\"{escaped}\"}}]}}")),
        http("200 OK", "", &format!("{{\"data\":\"{escaped}\"}}")),
        page("502 Bad Gateway").replace('/', "%2F").replace('+', "%2B"),
    ]
}

#[tokio::test]
async fn when_a_server_repeats_what_it_is_sent() {
    let _alone = capture::begin().await;
    let kinds = echoes(&Received { head: String::new(), body: String::new() }).len();
    for kind in 0..kinds {
        let server = Server::start(move |request| echoes(request).swap_remove(kind)).await;
        for client in impatient_clients(&server.url(), tenant()) {
            use_all(&client).await;
        }
        assert!(server.received().iter().any(|request| request.head.contains(secrets::API_KEY)));
        capture::assert_clean(&format!("echo {kind}"));
    }
}

/// A server that logs in with tokens that are known, which is then asked for data.
fn logs_in(request: &Received, answer: &str) -> String {
    if request.body.contains("FindTenant") {
        return server::json(&json!({ "data": { "tenant": [{ "id": tenant() }] } }));
    }
    if request.body.contains("SwitchTenant") {
        return answer.to_owned();
    }
    http("502 Bad Gateway", "", &request.head)
}

/// Tokens as they should be, and in shapes that no client can make use of.
fn answers_with_tokens() -> Vec<String> {
    let tokens = |field: &str, expires_at: serde_json::Value| {
        json!({ "data": { field: {
            "access_token": secrets::ACCESS_TOKEN,
            "refresh_token": secrets::REFRESH_TOKEN,
            "expires_at": expires_at,
        } } })
    };
    let good = tokens("switch_tenant", json!("2099-01-01T00:00:00+00:00"));
    let text = good.to_string();
    vec![
        server::json(&good),
        server::json(&tokens("switch_tenant", json!("2020-01-01T00:00:00+00:00"))),
        server::json(&tokens("switch_tenant", json!(secrets::ACCESS_TOKEN))),
        server::json(&tokens("another_field", json!(null))),
        server::json(&json!({ "data": { "switch_tenant": secrets::ACCESS_TOKEN } })),
        http("200 OK", "", &text[..text.len() - 3]),
        http("200 OK", "", &format!("<html>{text}")),
        http("403 Forbidden", "", &text),
        http("500 Internal Server Error", "", &text),
        http("200 OK", "", &text).replace(&text, &text[..text.len() / 2]),
    ]
}

#[tokio::test]
async fn when_tokens_come_in_any_shape() {
    let _alone = capture::begin().await;
    for (kind, answer) in answers_with_tokens().into_iter().enumerate() {
        let server = Server::start(move |request| logs_in(request, &answer)).await;
        let transport = impatient(Transport::builder(server.url().parse().unwrap())).build().unwrap();
        for tenant in [Tenant::Slug("acme".to_owned()), Tenant::Id(tenant_of_login())] {
            let login = TokenLogin::new(transport.clone(), secrets::API_TOKEN, tenant);
            capture::value(&login);
            let api = Api::new(transport.with_credentials(login), Backend::Cloud);
            capture::outcome(&api.flow_run(run()).await);
            capture::outcome(&api.flow_run(run()).await);
            capture::value(&api);
        }
        assert!(server.received().iter().any(|request| request.head.contains(secrets::API_TOKEN)));
        capture::assert_clean(&format!("log-in {kind}"));
    }
}

#[tokio::test]
async fn when_a_server_sends_elsewhere() {
    let _alone = capture::begin().await;
    let elsewhere = Server::start(|_| http("200 OK", "", "{}")).await;
    let port = elsewhere.port;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        for location in
            [format!("http://127.0.0.1:{port}/"), format!("//localhost:{port}/{}", secrets::HEADER)]
        {
            let server = Server::start(move |_| http(status, &format!("location: {location}\r\n"), "")).await;
            for client in impatient_clients(&server.url(), tenant()) {
                use_all(&client).await;
            }
            assert!(!server.received().is_empty());
        }
    }
    assert_eq!(elsewhere.connections(), 0);
    capture::assert_clean("a redirect");
}

/// Not even a connection is made. The address is one for documentation.
#[tokio::test]
async fn when_a_secret_would_go_out_unencrypted() {
    let _alone = capture::begin().await;
    for client in impatient_clients("http://192.0.2.1:4200", tenant()) {
        let error = client.flow_run(run()).await.unwrap_err();
        let inner = std::iter::successors(Some(&error as &dyn std::error::Error), |&cause| cause.source());
        let kinds: Vec<_> =
            inner.filter_map(|cause| cause.downcast_ref::<prefect_client::transport::Error>()).collect();
        assert_eq!(kinds.last().unwrap().kind(), Kind::InsecureCredentials);
        capture::error(&error);
    }
    let shown = capture::assert_clean("plain http");
    assert!(!shown.contains("connect"), "{shown}");
}

#[tokio::test]
async fn when_a_proxy_stands_between() {
    let _alone = capture::begin().await;
    let refusing = Server::start(|request| {
        http("407 Proxy Authentication Required", "proxy-authenticate: Basic\r\n", &request.head)
    });
    let refusing = refusing.await;
    let closing = Server::start(|_| String::new()).await;
    for port in [refusing.port, closing.port, 1] {
        let url = format!("http://user:{}@127.0.0.1:{port}", secrets::PROXY_PASSWORD);
        for api in ["http://prefect.invalid", "https://prefect.invalid"] {
            let proxy = reqwest::Proxy::all(&url).unwrap();
            let http = reqwest::Client::builder().proxy(proxy).build().unwrap();
            let service = ReqwestService::from_client(http);
            capture::value(&service);
            let through = |builder: ClientBuilder| {
                let service = service.clone();
                builder.transport(move |transport| {
                    impatient(transport).service(service).allow_insecure_credentials(true)
                })
            };
            for client in builders(api, tenant()).map(through) {
                use_all(&client.build().unwrap()).await;
            }
        }
    }
    assert!(!refusing.received().is_empty() && !closing.received().is_empty());
    capture::assert_clean("a proxy");
}

#[tokio::test]
async fn when_an_address_has_a_password() {
    let _alone = capture::begin().await;
    for url in
        ["http://user:PASSWORD@127.0.0.1:1", "https://PASSWORD@h", "http//u:PASSWORD@h", "u:PASSWORD@h"]
    {
        let url = url.replace("PASSWORD", secrets::URL_PASSWORD);
        capture::error(&url.parse::<Endpoint>().unwrap_err());
        for builder in [Client::builder().api(&url), Client::builder().ui(&url)] {
            capture::value(&builder);
            if let Err(error) = builder.build() {
                capture::error(&error);
            }
        }
        let builder = blocking::Client::builder().api(&url);
        capture::value(&builder);
        capture::error(&builder.build().unwrap_err());
        for variable in ["PREFECT__CLOUD__API", "PREFECT__SERVER__HOST", "PREFECT__SERVER__UI__ENDPOINT"] {
            let sources = Sources::default().variable("PREFECT__BACKEND", "server").variable(variable, &url);
            capture::value(&sources);
            let outcome = Client::builder().build_discovering(&sources);
            assert!(matches!(&outcome, Err(ClientError::Config(_))), "{variable}");
            capture::outcome(&outcome);
        }
    }
    capture::assert_clean("a URL");
}

#[tokio::test]
async fn when_secrets_are_discovered() {
    let _alone = capture::begin().await;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".prefect");
    std::fs::create_dir(&folder).unwrap();
    let key = secrets::API_KEY;
    let table =
        |text: &str| format!("[\"127.0.0.1-1\"]\napi_key = {text}\ntenant_id = \"{}\"\n", secrets::TENANT);
    let config = |text: &str| format!("[cloud]\nendpoint = \"http://127.0.0.1:1\"\nauth_token = {text}\n");
    let texts = [
        format!("\"{key}\""),
        format!("[\"{key}\"]"),
        format!("\"{key}"),
        key.to_owned(),
        format!("\"\\{key}\""),
    ];
    for (auth, settings) in texts.iter().flat_map(|auth| texts.iter().map(move |settings| (auth, settings))) {
        std::fs::write(folder.join("auth.toml"), table(auth)).unwrap();
        std::fs::write(folder.join("config.toml"), config(settings)).unwrap();
        let sources = Sources::default().home(home.path());
        capture::outcome(&Configuration::discover(&sources, Explicit::default()));
        let outcome = Client::builder().transport(impatient).build_discovering(&sources);
        if let Ok(client) = &outcome {
            use_all(client).await;
        }
        capture::outcome(&outcome);
    }
    let variables = [
        ("PREFECT__CLOUD__API_KEY", secrets::API_KEY),
        ("PREFECT__CLOUD__AUTH_TOKEN", secrets::API_TOKEN),
        ("PREFECT__CLOUD__TENANT_ID", secrets::TENANT),
        ("PREFECT__CLOUD__ENDPOINT", "http://127.0.0.1:1"),
    ];
    let sources =
        variables.iter().fold(Sources::default(), |sources, (name, value)| sources.variable(*name, *value));
    capture::value(&sources);
    capture::outcome(&Configuration::discover(&sources, Explicit::default()));
    let misplaced = sources.clone().variable("PREFECT__CLOUD__TENANT_ID", secrets::API_KEY);
    capture::outcome(&Configuration::discover(&misplaced, Explicit::default()));
    use_all(&Client::builder().transport(impatient).build_discovering(&sources).unwrap()).await;
    let credentials = Credentials::bearer(secrets::API_KEY).tenant_id(secrets::TENANT);
    capture::value(&credentials);
    capture::assert_clean("discovery");
}
