//! What a call does about versions, counted in its requests.

use serde_json::Value;

use crate::calls::{Call, Outcome};
use crate::event::{Change, Event, Failure, Fate};
use crate::network::Network;
use crate::server::FLOW;

/// What the call asked for, in order.
async fn asked(events: Vec<Event>) -> (Outcome, Vec<String>) {
    let network = Network::new();
    let api = network.api();
    let flow = api.find_flow(FLOW).await.unwrap();
    network.expect(events);
    network.next_caller();
    let outcome = Call::Schedule.make(&api, &flow).await;
    let name =
        |body| serde_json::from_slice::<Value>(body).unwrap()["operationName"].as_str().unwrap().to_owned();
    (outcome, network.sent().iter().map(|body| name(body)).collect())
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final() {
    let refused = Event { before: None, fate: Fate::Failed(Failure::Refused) };
    let (outcome, asked) = asked(vec![refused]).await;
    assert_eq!((outcome, asked), (Outcome::Nothing, vec!["CreateFlowRun".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn four_versions_are_tried_when_each_is_archived_once_it_was_found() {
    let answered = Event { before: None, fate: Fate::Answered };
    let archived = Event { before: Some(Change::Registered), ..answered };
    let events = [archived, answered, answered].repeat(6);
    let (outcome, mut asked) = asked(events).await;
    assert_eq!(outcome, Outcome::Nothing);
    asked.retain(|name| name == "CreateFlowRun");
    assert_eq!(asked.len(), 4);
}
