//! What a call does about versions, counted in its requests.

use std::time::Duration;

use serde_json::Value;

use crate::calls::{Call, Outcome, task, task_outcome};
use crate::event::{Arrival, Change, Event, Failure, Fate, Sign};
use crate::network::Network;
use crate::server::{FLOW, operation_name};

const ANSWERED: Event = Event { before: None, fate: Fate::Answered };
const ARCHIVED: Event = Event { before: Some(Change::Registered), fate: Fate::Answered };
const SILENCE: Event = Event { before: None, fate: Fate::InDoubt(Arrival::Never, Sign::Silence) };

const fn failed(failure: Failure) -> Event {
    Event { before: None, fate: Fate::Failed(failure) }
}

/// The outcome of a call, and what it asked for, in order.
async fn asked(events: impl IntoIterator<Item = Event>) -> (Outcome, Vec<String>) {
    let network = Network::new();
    let api = network.api();
    let flow = api.find_flow(FLOW).await.unwrap();
    network.expect(events);
    network.next_caller();
    let outcome = Call::Schedule.make(&api, &flow).await;
    let name = |body| {
        let body: Value = serde_json::from_slice(body).unwrap();
        operation_name(&body).to_owned()
    };
    (outcome, network.sent().iter().map(|body| name(body)).collect())
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final() {
    let (outcome, asked) = asked([failed(Failure::Refused)]).await;
    assert_eq!((outcome, asked), (Outcome::Nothing, vec!["CreateFlowRun".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn four_versions_are_tried_when_each_is_archived_once_it_was_found() {
    let (outcome, mut asked) = asked([ARCHIVED, ANSWERED, ANSWERED].repeat(6)).await;
    assert_eq!(outcome, Outcome::Nothing);
    asked.retain(|name| name == "CreateFlowRun");
    assert_eq!(asked.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_in_doubt_when_the_question_for_the_key_fails() {
    let not_sent = failed(Failure::NotSent);
    let (outcome, asked) = asked([ARCHIVED, ANSWERED, not_sent, not_sent, not_sent, not_sent]).await;
    assert_eq!((outcome, asked.last().map(String::as_str)), (Outcome::Nothing, Some("FlowRunByKey")));
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_in_doubt_when_time_runs_out() {
    let network = Network::new();
    network.expect([ANSWERED, ARCHIVED, SILENCE]);
    let task = task().timeout(Duration::from_secs(10));
    assert_eq!(task_outcome(task.run(&network.api()).await), Outcome::Nothing);
    assert_eq!(network.sent().len(), 3);
}
