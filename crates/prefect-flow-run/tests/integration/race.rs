//! Clients that schedule with the same keys at the same time, over TCP, while new versions of the flow
//! are registered.

use std::collections::BTreeSet;
use std::thread;

use prefect_flow_run::{FlowRunId, FlowRunRequest};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::support::{empty, register, server};

const CLIENTS: usize = 4;
const KEYS: usize = 20;

/// Schedules with every key, and tells of each; what a client in a thread of its own does.
fn schedule_all(url: &str, scheduled: &UnboundedSender<()>) -> Vec<FlowRunId> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let flow = server(url).find_flow("F").await.unwrap();
        let mut ids = Vec::new();
        for key in 0..KEYS {
            let request = FlowRunRequest::new().idempotency_key(format!("key-{key}"));
            ids.push(flow.schedule(request).await.unwrap().id);
            scheduled.send(()).unwrap();
        }
        ids
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_race_with_one_key_get_one_run() {
    let (sandbox, _, project) = empty().await;
    register(&sandbox, project).await;
    let (scheduled, mut calls) = unbounded_channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (url, scheduled) = (sandbox.url(), scheduled.clone());
            thread::spawn(move || schedule_all(&url, &scheduled))
        })
        .collect();
    drop(scheduled);
    let mut runs = 0;
    while calls.recv().await.is_some() {
        runs += 1;
        if runs % CLIENTS == 0 {
            register(&sandbox, project).await;
        }
    }
    let told: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    let runs: BTreeSet<_> = sandbox.flow_runs().await.unwrap().iter().map(|run| run.id).collect();
    assert_eq!(runs.len(), KEYS);
    assert_eq!(told, vec![told[0].clone(); CLIENTS]);
    assert_eq!(told[0].iter().map(|id| id.0).collect::<BTreeSet<_>>(), runs);
}
