//! Random events around one call, and the promises of its outcome.

use std::time::Duration;

use bytes::Bytes;
use prefect_flow_run::{FlowId, FlowRunId};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::calls::{Call, Outcome, resume};
use crate::event::{Change, Event, events};
use crate::network::Network;
use crate::server::{Caller, FLOW};

/// Versions, questions for each (create, by key, find, describe), and attempts.
const MOST_REQUESTS: usize = 4 * 4 * 4;

/// The total timeout by default, which all requests of a call share, and what a clock rounds up.
const LONGEST_CALL: Duration = Duration::from_millis(60_100);

#[test]
fn whatever_happens_a_call_makes_one_run_or_says_what_it_knows() {
    let config = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let cases = (select(&Call::ALL[..]), events());
    let outcome = runner.run(&cases, |(call, events)| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(story(call, events))
    });
    outcome.unwrap();
}

async fn story(call: Call, mut events: Vec<Event>) -> Result<(), TestCaseError> {
    if !call.is_repeatable() {
        // Nobody else has its key.
        events.retain(|event| !matches!(event.before, Some(Change::Rival)));
    }
    let network = Network::new();
    let api = network.api();
    let flow = api.find_flow(FLOW).await.unwrap();
    network.expect(events);
    // A call that is dropped is made again.
    loop {
        let (caller, began) = (network.next_caller(), Instant::now());
        let outcome = tokio::select! {
            outcome = call.make(&api, &flow) => Some(outcome),
            () = network.dropping() => None,
        };
        within_bounds(&network.sent(), began.elapsed(), call.tries())?;
        match outcome {
            None if call.is_repeatable() => {}
            None => return one_run_at_most(&network),
            Some(outcome) => {
                network.expect([]);
                return keeps_its_promise(outcome, caller, &network).await;
            }
        }
    }
}

async fn keeps_its_promise(outcome: Outcome, caller: Caller, network: &Network) -> Result<(), TestCaseError> {
    match outcome {
        Outcome::Made(id, flow_id) => {
            let made = one_run(network, id)?;
            prop_assert!(flow_id.is_none_or(|flow_id| flow_id == made));
            network.deliver_late();
            one_run(network, id)?;
        }
        Outcome::Nothing => {
            nothing_made_by(caller, network)?;
            network.deliver_late();
            nothing_made_by(caller, network)?;
        }
        Outcome::Unknown(flow_id, key) => {
            let settled = resume(&network.api(), flow_id, key.clone()).await;
            network.deliver_late();
            match settled {
                Outcome::Made(id, _) => drop(one_run(network, id)?),
                Outcome::Nothing => {
                    prop_assert!(network.server(|server| server.is_archived(flow_id)));
                    nothing_made_by(caller, network)?;
                }
                Outcome::Unknown(..) => prop_assert!(false, "not settled"),
            }
            prop_assert_eq!(resume(&network.api(), flow_id, key).await, settled);
        }
    }
    one_run_at_most(network)
}

/// The requests of a call are few, are over in time, and all that ask for a run ask for the same.
fn within_bounds(sent: &[Bytes], took: Duration, tries: u32) -> Result<(), TestCaseError> {
    prop_assert!(sent.len() <= MOST_REQUESTS * tries as usize, "{} requests", sent.len());
    prop_assert!(took <= LONGEST_CALL * tries, "{took:?}");
    let mut creations = sent.iter().filter_map(|body| without_version(body));
    let first = creations.next();
    for creation in creations {
        prop_assert_eq!(Some(&creation), first.as_ref());
    }
    Ok(())
}

/// The text of a request for a run, without the flow version that it is for.
fn without_version(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).unwrap();
    let flow_id = json["variables"]["input"]["flow_id"].as_str()?;
    Some(std::str::from_utf8(body).unwrap().replace(flow_id, ""))
}

/// The run is there, and no other; the version it is of.
fn one_run(network: &Network, id: FlowRunId) -> Result<FlowId, TestCaseError> {
    let runs = network.runs();
    prop_assert_eq!(runs.len(), 1, "{:?}", runs);
    prop_assert_eq!(runs[0].id, id);
    prop_assert_eq!(&runs[0].parameters, &json!({ "x": 7 }));
    Ok(runs[0].flow_id)
}

fn one_run_at_most(network: &Network) -> Result<(), TestCaseError> {
    network.deliver_late();
    let runs = network.runs();
    prop_assert!(runs.len() <= 1, "{:?}", runs);
    Ok(())
}

fn nothing_made_by(caller: Caller, network: &Network) -> Result<(), TestCaseError> {
    let runs = network.runs();
    prop_assert!(runs.iter().all(|run| run.made_by != caller), "{:?}", runs);
    Ok(())
}
