//! Faults on demand: which requests get them, what they do, and whether the request was executed.

use std::time::{Duration, Instant};

use prefect_sandbox::{Fault, FaultRule, RetryAfter, Sandbox};
use serde_json::{Value, json};

use crate::common::{CREATE, with_flow};

/// Status, `Retry-After` and body; `Err` tells whether the answer had begun.
async fn send(sandbox: &Sandbox, body: &Value) -> Result<(u16, Option<String>, String), bool> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let reply = http.post(sandbox.url()).json(body).send().await.map_err(|_| false)?;
    let status = reply.status().as_u16();
    let pause = reply.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    Ok((status, pause, reply.text().await.map_err(|_| true)?))
}

async fn hello(sandbox: &Sandbox) -> Result<(u16, Option<String>, String), bool> {
    send(sandbox, &json!({ "query": "query Hi { hello }" })).await
}

fn fine() -> Result<(u16, Option<String>, String), bool> {
    Ok((200, None, "{\"data\":{\"hello\":\"👋\"}}\n".to_owned()))
}

#[tokio::test]
async fn every_kind() {
    let sandbox = Sandbox::start().await.unwrap();
    let faults = sandbox.faults();
    assert_eq!(hello(&sandbox).await, fine());

    faults.add(Fault::Drop);
    assert_eq!(hello(&sandbox).await, Err(false));
    faults.add(Fault::Truncate);
    assert_eq!(hello(&sandbox).await, Err(true));
    faults.add(Fault::Status { status: 503, retry_after: None });
    assert_eq!(hello(&sandbox).await, Ok((503, None, "Service Unavailable".to_owned())));
    faults.add(Fault::Status { status: 429, retry_after: Some(RetryAfter::Seconds(7)) });
    assert_eq!(hello(&sandbox).await, Ok((429, Some("7".to_owned()), "Too Many Requests".to_owned())));
    faults.add(Fault::Garbage);
    let (status, _, text) = hello(&sandbox).await.unwrap();
    assert!(status == 200 && serde_json::from_str::<Value>(&text).is_err(), "{text}");
    faults.add(Fault::ApiError);
    let answer: Value = serde_json::from_str(&hello(&sandbox).await.unwrap().2).unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "API_ERROR");
    faults.add(Fault::BrokenOff);
    let answer: Value = serde_json::from_str(&hello(&sandbox).await.unwrap().2).unwrap();
    let message = "request to http://graphql:4201/graphql/ failed, reason: socket hang up";
    assert_eq!(answer["errors"][0]["message"], message);
    faults.add(Fault::Delay(Duration::from_millis(300)));
    let start = Instant::now();
    assert_eq!(hello(&sandbox).await, fine());
    assert!(start.elapsed() >= Duration::from_millis(300));

    assert_eq!(hello(&sandbox).await, fine());
    assert_eq!(faults.injected(), 8);
    assert_eq!(sandbox.requests().len(), 10);
}

#[tokio::test]
async fn before_and_after_the_commit() {
    let (sandbox, _client, flow) = with_flow().await;
    let create = json!({ "query": CREATE, "variables": { "input": { "flow_id": flow.flow_id } } });
    let mut expected = 0;
    for (rule, executed) in [
        (FaultRule::new(Fault::Drop), 0),
        (FaultRule::new(Fault::Drop).after_commit(), 1),
        (FaultRule::new(Fault::Status { status: 500, retry_after: None }), 0),
        (FaultRule::new(Fault::Status { status: 500, retry_after: None }).after_commit(), 1),
        (FaultRule::new(Fault::ApiError), 0),
        (FaultRule::new(Fault::Truncate), 1),
        (FaultRule::new(Fault::Delay(Duration::ZERO)), 1),
    ] {
        sandbox.faults().add(rule.clone());
        let _ = send(&sandbox, &create).await;
        expected += executed;
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), expected, "{rule:?}");
    }
}

#[tokio::test]
async fn every_fault_comes_before_or_after_the_commit() {
    let (sandbox, _client, flow) = with_flow().await;
    let create = json!({ "query": CREATE, "variables": { "input": { "flow_id": flow.flow_id } } });
    let mut runs = 0;
    for fault in Fault::every() {
        for after_commit in [false, true] {
            let rule = FaultRule::new(fault.clone());
            sandbox.faults().add(if after_commit { rule.after_commit() } else { rule });
            let answer = send(&sandbox, &create);
            let _ = tokio::time::timeout(Duration::from_millis(300), answer).await;
            runs += usize::from(after_commit || fault.spoils_the_answer());
            assert_eq!(sandbox.flow_runs().await.unwrap().len(), runs, "{fault:?}, after: {after_commit}");
        }
    }
    assert_eq!(send(&sandbox, &json!({ "query": "query Hi { hello }" })).await, fine());
}

#[tokio::test]
async fn rules_choose_their_requests() {
    let sandbox = Sandbox::start().await.unwrap();
    let faults = sandbox.faults();
    let status = |status: u16| Fault::Status { status, retry_after: None };
    let statuses = async |body: &Value, count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(send(&sandbox, body).await.unwrap().0);
        }
        statuses
    };
    let hi = json!({ "query": "query Hi { hello }" });
    let tenants = json!({ "query": "{ t: tenant { id } }" });

    faults.add(FaultRule::new(status(502)).root_field("tenant").skip(1).times(2));
    faults.add(FaultRule::new(status(503)).operation("Hi").times(2));
    assert_eq!(statuses(&tenants, 2).await, [200, 502]);
    assert_eq!(statuses(&hi, 3).await, [503, 503, 200]);
    assert_eq!(statuses(&json!([tenants, hi]), 1).await, [502]);
    assert_eq!(statuses(&tenants, 2).await, [200, 200]);

    faults.add(FaultRule::new(status(503)).containing("{ tenant"));
    faults.add(FaultRule::new(status(502)).containing("hello"));
    assert_eq!(statuses(&tenants, 1).await, [200]);
    assert_eq!(statuses(&hi, 2).await, [502, 200]);

    faults.add(FaultRule::new(status(504)).always());
    assert_eq!(statuses(&hi, 3).await, [504; 3]);
    faults.clear();
    assert_eq!(statuses(&hi, 1).await, [200]);
}

#[tokio::test]
async fn chance_repeats_with_its_seed() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut seen = Vec::new();
    for seed in [1, 1, 2] {
        sandbox.faults().clear();
        sandbox.faults().seed(seed);
        sandbox.faults().add(FaultRule::new(Fault::Garbage).probability(0.5));
        let mut answers = Vec::new();
        for _ in 0..40 {
            answers.push(hello(&sandbox).await == fine());
        }
        let fine = answers.iter().filter(|fine| **fine).count();
        assert!((8..=32).contains(&fine), "{fine}");
        assert_eq!(sandbox.faults().applied(), [40 - fine as u64]);
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test]
async fn a_client_gives_up_before_or_after_the_commit() {
    let (sandbox, _client, flow) = with_flow().await;
    let create = json!({ "query": CREATE, "variables": { "input": { "flow_id": flow.flow_id } } });
    let pause = Duration::from_secs(5);
    for (rule, runs) in
        [(FaultRule::new(Fault::Delay(pause)), 0), (FaultRule::new(Fault::Delay(pause)).after_commit(), 1)]
    {
        sandbox.faults().add(rule);
        let answer = tokio::time::timeout(Duration::from_millis(800), send(&sandbox, &create)).await;
        assert!(answer.is_err());
        assert_eq!(sandbox.flow_runs().await.unwrap().len(), runs);
    }
}
