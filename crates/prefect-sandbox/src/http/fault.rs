//! What can go wrong with a request: the list. What each does is in `misbehave`.

use std::time::{Duration, SystemTime};

/// What goes wrong with a request.
///
/// The request is not executed, unless the variant says otherwise or the rule
/// [`after_commit`](crate::FaultRule::after_commit).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed without an answer.
    Drop,
    /// The connection is reset (RST) without an answer.
    Reset,
    /// The request waits, then it is executed and answered as ever; with `after_commit` the answer waits. A
    /// request whose client gives up while it waits is not executed.
    Delay(Duration),
    /// An answer as a proxy gives it: a status, no GraphQL.
    Status {
        /// The status; one that HTTP does not know becomes 500.
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<RetryAfter>,
    },
    /// A status with an HTML page, as proxies give it.
    ErrorPage(u16),
    /// A status that sends the client elsewhere.
    Redirect {
        /// The status, such as 302 or 307.
        status: u16,
        /// The header `Location`; left out where HTTP does not allow the text.
        location: String,
    },
    /// The request is executed; the connection is closed in the middle of the answer's body.
    Truncate,
    /// The request is executed; the connection is closed in the middle of the answer's head.
    TruncateHead,
    /// The request is executed; the answer's body is twice as long as its `Content-Length` says.
    LongBody,
    /// The request is executed; its answer comes a byte at a time, with this pause after each, the head included.
    Trickle(Duration),
    /// The body is announced in chunks, and what stands for the second one's length is no number.
    BadChunks,
    /// A body that never ends: the server sends as fast as the client takes it.
    Endless,
    /// Some 256 KiB of gzip that unpack to 256 MiB.
    GzipBomb,
    /// JSON of 100,000 arrays in each other.
    DeepJson,
    /// JSON but for the bytes of a string, which are no UTF-8.
    InvalidUtf8,
    /// Status 200 with a body that is no JSON.
    Garbage,
    /// Status 200 with this text as the JSON body.
    Json(String),
    /// The request is executed; its answer is the data with an error beside it.
    PartialData,
    /// Status 200 with an error of the code `API_ERROR`, as Prefect Cloud reports a failure of its own.
    ApiError,
    /// Status 200 with the error by which the front of Prefect Server tells that the service behind it broke off.
    BrokenOff,
    /// Status 200 with an error of the code `UNAUTHENTICATED`, as Prefect Cloud refuses credentials.
    Unauthenticated,
    /// The request is executed and answered as ever; then the connection is closed, though the answer did not
    /// announce it.
    CloseAfter,
    /// The request is executed and answered as ever; the connection is reset when the next request arrives on it.
    ResetOnReuse,
}

/// The value of a header `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds, however absurd.
    Seconds(u64),
    /// A date, in whole seconds; of the years 1970 to 9998, which HTTP can write.
    Date(SystemTime),
}

impl Fault {
    /// Whether the answer says that nothing was done: 425, 429, a redirect, `UNAUTHENTICATED`. After the request
    /// was executed it is a lie, and no client can tell the truth of it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Redirect { .. } | Self::Unauthenticated => true,
            Self::Status { status, .. } => matches!(status, 425 | 429),
            _ => false,
        }
    }

    /// Whether it spoils the request's own answer, so that the request is executed in any case.
    pub fn spoils_the_answer(&self) -> bool {
        matches!(
            self,
            Self::Truncate
                | Self::TruncateHead
                | Self::LongBody
                | Self::Trickle(_)
                | Self::PartialData
                | Self::CloseAfter
                | Self::ResetOnReuse
        )
    }

    /// One of each kind, for tests that go through them all: with the statuses that clients retry, and with JSON
    /// that is almost an answer. The small print: what is slow takes 10 s, or 20 ms a byte, and `Retry-After` asks
    /// for a second at most.
    pub fn every() -> Vec<Self> {
        let redirect = |status| Self::Redirect { status, location: "http://elsewhere.invalid/".to_owned() };
        let mut every = vec![
            Self::Drop,
            Self::Reset,
            Self::Delay(Duration::from_secs(10)),
            Self::ErrorPage(502),
            redirect(302),
            redirect(307),
            Self::Truncate,
            Self::TruncateHead,
            Self::LongBody,
            Self::Trickle(Duration::from_millis(20)),
            Self::BadChunks,
            Self::Endless,
            Self::GzipBomb,
            Self::DeepJson,
            Self::InvalidUtf8,
            Self::Garbage,
            Self::PartialData,
            Self::ApiError,
            Self::BrokenOff,
            Self::Unauthenticated,
            Self::CloseAfter,
            Self::ResetOnReuse,
        ];
        let bare = [408, 425, 429, 500, 502, 503, 504];
        every.extend(bare.map(|status| Self::Status { status, retry_after: None }));
        let asking = [RetryAfter::Seconds(1), RetryAfter::Date(SystemTime::now() + Duration::from_secs(1))];
        every.extend(asking.map(|pause| Self::Status { status: 429, retry_after: Some(pause) }));
        let odd =
            ["{}", "[]", "null", "{\"data\":null}", "{\"errors\":[]}", "{\"errors\":null,\"data\":null}"];
        every.extend(odd.map(|text| Self::Json(text.to_owned())));
        every
    }
}
