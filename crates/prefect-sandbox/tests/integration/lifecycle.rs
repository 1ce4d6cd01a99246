//! Starting, stopping, files.

use std::net::{SocketAddr, TcpStream};

use prefect_sandbox::{FlowSpec, OpenError, Sandbox, SandboxError, StartError};
use serde_json::json;

use crate::common::{Client, eventually, with_flow};

fn is_open(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}

#[tokio::test]
async fn dropping_closes_the_port_and_the_connections() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.address();
    let mut idle = TcpStream::connect(address).unwrap();
    assert!(is_open(address));
    drop(sandbox);
    eventually(async || !is_open(address)).await;
    let end = tokio::task::spawn_blocking(move || std::io::Read::read(&mut idle, &mut [0; 1]).unwrap_or(0));
    assert_eq!(end.await.unwrap(), 0);
}

#[tokio::test]
async fn shutdown_has_closed_everything_when_it_returns() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.db");
    let sandbox = Sandbox::builder().database(&file).agent(true).start().await.unwrap();
    let address = sandbox.address();
    Client::new(&sandbox).data("{ hello }").await;
    sandbox.shutdown().await;
    assert!(!is_open(address));
    // SQLite removes the log when the last connection is closed.
    assert!(!folder.path().join("s.db-wal").exists());
}

#[tokio::test]
async fn a_file_keeps_runs_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.db");
    let builder = || Sandbox::builder().database(&file).sample_flow(true);
    let sandbox = builder().start().await.unwrap();
    let tenant = sandbox.default_tenant();
    let client = Client::new(&sandbox);
    let flows = client.data("{ flow(where: {archived: {_eq: false}}) { id } }").await;
    let input =
        json!({ "flow_id": flows["flow"][0]["id"], "parameters": { "name": "Ada" }, "idempotency_key": "k" });
    let id = client.schedule(input.clone()).await;
    sandbox.shutdown().await;

    let sandbox = builder().start().await.unwrap();
    assert_eq!(sandbox.default_tenant(), tenant);
    assert_eq!(sandbox.flow_runs().await.unwrap()[0].id.to_string(), id);
    let client = Client::new(&sandbox);
    assert_eq!(client.schedule(input).await, id);
    let flows = client.data("{ flow { version archived } project { name } }").await;
    assert_eq!(
        flows,
        json!({
            "flow": [{ "version": 1, "archived": true }, { "version": 2, "archived": false }],
            "project": [{ "name": "My Cloud Project" }],
        })
    );
}

/// What a killed process leaves: the database and its log, copied while the sandbox runs.
#[tokio::test]
async fn an_acknowledged_write_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.db");
    let left = folder.path().join("left.db");
    let sandbox = Sandbox::builder().database(&file).sample_flow(true).start().await.unwrap();
    let client = Client::new(&sandbox);
    let flows = client.data("{ flow(where: {archived: {_eq: false}}) { id } }").await;
    let input = json!({ "flow_id": flows["flow"][0]["id"], "parameters": { "name": "Ada" } });
    let id = client.schedule(input).await;
    std::fs::copy(&file, &left).unwrap();
    std::fs::copy(folder.path().join("s.db-wal"), folder.path().join("left.db-wal")).unwrap();

    let restarted = Sandbox::builder().database(&left).start().await.unwrap();
    assert_eq!(restarted.flow_runs().await.unwrap()[0].id.to_string(), id);
}

#[tokio::test]
async fn files_that_are_not_ours_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let newer = folder.path().join("newer.db");
    Sandbox::builder().database(&newer).start().await.unwrap().shutdown().await;
    let conn = rusqlite::Connection::open(&newer).unwrap();
    conn.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(conn);
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database, and long enough to look like something else entirely".repeat(20))
        .unwrap();
    let cut = folder.path().join("cut.db");
    Sandbox::builder().database(&cut).start().await.unwrap().shutdown().await;
    let whole = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let damaged = folder.path().join("damaged.db");
    let mut bytes = whole;
    // The whole of the file's tenth page.
    bytes[9 * 4096..10 * 4096].fill(0xff);
    std::fs::write(&damaged, bytes).unwrap();

    for file in [&newer, &foreign, &text, &cut, &damaged] {
        let before = std::fs::read(file).unwrap();
        let error = Sandbox::builder().database(file).start().await.unwrap_err();
        let as_expected = match &error {
            StartError::Database(OpenError::Newer { found, .. }) => file == &newer && *found == 99,
            StartError::Database(OpenError::Foreign { .. }) => file == &foreign,
            StartError::Database(OpenError::Unusable { .. }) => [&text, &cut, &damaged].contains(&file),
            _ => false,
        };
        assert!(as_expected, "{error}");
        assert_eq!(std::fs::read(file).unwrap(), before, "{error}");
    }
    // Only reading it through shows that.
    Sandbox::builder().database(&damaged).read_through(false).start().await.unwrap();
}

#[tokio::test]
async fn only_loopback_unless_allowed() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = Sandbox::builder().listen(everywhere).start().await.unwrap_err();
    assert!(matches!(error, StartError::NotLoopback { .. }), "{error}");
    let taken = Sandbox::start().await.unwrap();
    let error = Sandbox::builder().listen(taken.address()).start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
}

#[tokio::test]
async fn fixtures_report_what_the_server_would() {
    let (sandbox, _, flow) = with_flow().await;
    let refused = |error: SandboxError| error.to_string();
    let tenant = sandbox.create_tenant("Second Tenant").await.unwrap();
    assert_ne!(tenant, sandbox.default_tenant());
    assert_eq!(refused(sandbox.create_tenant("second tenant").await.unwrap_err()), "Uniqueness violation.");
    assert_eq!(
        refused(sandbox.create_project(flow.flow_id, "P").await.unwrap_err()),
        "Foreign key violation."
    );
    let spec = FlowSpec::new(tenant, "F");
    assert_eq!(refused(sandbox.register_flow(spec).await.unwrap_err()), "Invalid project.");
    assert!(sandbox.set_flow_run_state(tenant, "Failed", "").await.is_err());
    assert!(sandbox.unarchive_flow(tenant).await.is_err());
    sandbox.archive_flow(flow.flow_id).await.unwrap();
    sandbox.unarchive_flow(flow.flow_id).await.unwrap();
}
