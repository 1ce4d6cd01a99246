//! On a file, queries have connections of their own: they see what was acknowledged, and need not wait.

use std::sync::Arc;

use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::json;

use crate::common::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_see_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::builder().database(folder.path().join("s.db")).start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F").task("t")).await.unwrap().flow_id;
    let sandbox = Arc::new(sandbox);
    let clients = (0..4).map(|_| {
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move {
            let client = Client::new(&sandbox);
            for _ in 0..15 {
                let id = client.schedule(json!({ "flow_id": flow })).await;
                // Two root fields of one query see the same moment.
                let query = format!(
                    r#"{{ flow_run_by_pk(id: "{id}") {{ state task_runs {{ state }} }}
                          a: flow_run_aggregate {{ aggregate {{ count }} }}
                          b: flow_run_aggregate {{ aggregate {{ count }} }} }}"#
                );
                let data = client.data(&query).await;
                let expected = json!({ "state": "Scheduled", "task_runs": [{ "state": "Pending" }] });
                assert_eq!(data["flow_run_by_pk"], expected);
                assert_eq!(data["a"], data["b"]);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let data = Client::new(&sandbox).data("{ flow_run_aggregate { aggregate { count } } }").await;
    assert_eq!(data["flow_run_aggregate"]["aggregate"]["count"], 60);
}
