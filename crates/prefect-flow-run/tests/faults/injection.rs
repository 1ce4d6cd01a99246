//! What can go wrong with one attempt.

use std::fmt;
use std::time::Duration;

use prefect_sandbox::{Fault, RetryAfter};

#[derive(Clone)]
pub(crate) enum Injection {
    /// The server does it.
    Server(Fault),
    /// The server does it, when it has executed the request.
    AfterCommit(Fault),
    /// There is no way to the server.
    NoWay(NoWay),
}

/// Why a request does not reach the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NoWay {
    Refused,
    ResetAtOnce,
    NoSuchHost,
    /// It is spoken to in TLS, and does not speak it.
    NoTls,
}

/// Everything that can go wrong with a request that changes nothing.
pub(crate) fn with_a_query() -> Vec<Injection> {
    let patience = [3600, u64::MAX].map(RetryAfter::Seconds);
    let patience = patience.map(|pause| Fault::Status { status: 429, retry_after: Some(pause) });
    let server = Fault::every().into_iter().chain(patience).map(Injection::Server);
    let ways = [NoWay::Refused, NoWay::ResetAtOnce, NoWay::NoSuchHost, NoWay::NoTls];
    server.chain(ways.map(Injection::NoWay)).collect()
}

/// Everything that can go wrong with a request that changes something.
pub(crate) fn with_a_mutation() -> Vec<Injection> {
    let after = Fault::every().into_iter().filter(may_follow_a_commit).map(Injection::AfterCommit);
    with_a_query().into_iter().chain(after).collect()
}

/// One injection for each way in which a request fails for the client.
pub(crate) fn representatives() -> Vec<Injection> {
    let every = [
        Fault::Drop,
        Fault::Delay(Duration::from_secs(10)),
        Fault::Garbage,
        Fault::PartialData,
        Fault::Unauthenticated,
        Fault::Redirect { status: 307, location: "http://elsewhere.invalid/".to_owned() },
        Fault::Status { status: 429, retry_after: Some(RetryAfter::Seconds(3600)) },
        Fault::Status { status: 503, retry_after: None },
        Fault::ResetOnReuse,
    ];
    every.into_iter().map(Injection::Server).chain([Injection::NoWay(NoWay::Refused)]).collect()
}

/// What leaves the client in doubt about a request that changes something.
pub(crate) fn with_a_doubt() -> Vec<Injection> {
    let mut any = with_a_mutation();
    any.retain(|injection| match injection {
        Injection::Server(fault) => !fault.is_refusal(),
        Injection::AfterCommit(_) => true,
        Injection::NoWay(way) => matches!(way, NoWay::ResetAtOnce),
    });
    any
}

/// Whether the fault can come before the request is executed as well as after it.
fn may_follow_a_commit(fault: &Fault) -> bool {
    !fault.spoils_the_answer() && !fault.is_refusal()
}

/// In a few words, as scenarios have two of them in their names.
impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(fault) => write!(f, "{fault:?}"),
            Self::AfterCommit(fault) => write!(f, "{fault:?} after the commit"),
            Self::NoWay(why) => write!(f, "{why:?}"),
        }
    }
}
