//! What may happen to a request, and in the world before it.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// One request's fate, and what changes on the server before it.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub before: Option<Change>,
    pub fate: Fate,
}

/// What others do on the server.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// A new version takes the place of the old one.
    Registered,
    /// As before, and the call's parameters do not fit the new version.
    RegisteredWithMore,
    /// There is no version any more.
    Archived,
    /// Another process schedules with the same key.
    Rival,
}

#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Answered,
    /// Executed, and the answer has an error beside its data.
    AnsweredInPart,
    /// Certainly not executed, and the client can tell.
    Failed(Failure),
    /// The client cannot tell whether it was executed, or when it will be.
    InDoubt(Arrival, Sign),
}

#[derive(Debug, Clone, Copy)]
pub enum Failure {
    NotSent,
    TooManyRequests,
    Unauthenticated,
    Refused,
}

/// When a request reaches the server.
#[derive(Debug, Clone, Copy)]
pub enum Arrival {
    Never,
    Now,
    /// As many requests later, or else when the calls are over.
    Late(u8),
}

/// What the client sees of a request in doubt.
#[derive(Debug, Clone, Copy)]
pub enum Sign {
    ConnectionLost,
    BodyCut,
    Silence,
    BadGateway,
    ApiError,
    NoId,
    Html,
    /// Nothing: the caller drops the call meanwhile.
    CallDropped,
}

pub fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (option::weighted(0.4, change()), fate());
    vec(event.prop_map(|(before, fate)| Event { before, fate }), 0..24)
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => Just(Change::Registered),
        1 => Just(Change::RegisteredWithMore),
        1 => Just(Change::Archived),
        3 => Just(Change::Rival),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Answered),
        1 => Just(Fate::AnsweredInPart),
        3 => failure().prop_map(Fate::Failed),
        6 => (arrival(), sign()).prop_map(|(arrival, sign)| Fate::InDoubt(arrival, sign)),
    ]
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        2 => Just(Failure::NotSent),
        1 => Just(Failure::TooManyRequests),
        1 => Just(Failure::Unauthenticated),
        1 => Just(Failure::Refused),
    ]
}

fn arrival() -> impl Strategy<Value = Arrival> {
    prop_oneof![Just(Arrival::Never), Just(Arrival::Now), (1..12_u8).prop_map(Arrival::Late)]
}

fn sign() -> impl Strategy<Value = Sign> {
    prop_oneof![
        Just(Sign::ConnectionLost),
        Just(Sign::BodyCut),
        Just(Sign::Silence),
        Just(Sign::BadGateway),
        Just(Sign::ApiError),
        Just(Sign::NoId),
        Just(Sign::Html),
        Just(Sign::CallDropped),
    ]
}
