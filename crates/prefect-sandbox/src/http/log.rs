//! The log of requests, for tests that assert on what a client sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::http::request::Parts;

use super::server::ConnectionId;

const KEPT: usize = 1_000;
/// Of the bodies together; large requests push old ones out sooner.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// A request as it arrived.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The TCP connection it came on: 1, 2, ... in the order of arrival.
    pub connection: u64,
    /// Path and query of the URL.
    pub path: String,
    /// The headers in order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// `operationName`, or the name of the only operation; `None` for anonymous ones.
    pub operation_name: Option<String>,
    /// The root fields of the operation, by their names in the schema; of all operations of a batch.
    /// Empty when the document is not valid.
    pub root_fields: Vec<String>,
}

impl RecordedRequest {
    pub(super) fn new(connection: ConnectionId, head: &Parts, body: &str) -> Self {
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Self {
            connection: connection.0,
            path: head.uri.to_string(),
            headers: headers.collect(),
            body: body.to_owned(),
            operation_name: None,
            root_fields: Vec::new(),
        }
    }

    /// The value of a header; the name is taken in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Without the credentials.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), if name == "authorization" { "[redacted]" } else { value }))
            .collect();
        formatter
            .debug_struct("RecordedRequest")
            .field("connection", &self.connection)
            .field("path", &self.path)
            .field("headers", &headers)
            .field("body", &self.body)
            .field("operation_name", &self.operation_name)
            .field("root_fields", &self.root_fields)
            .finish()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Requests {
    pub(super) fn add(&self, request: RecordedRequest) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += request.body.len();
        kept.requests.push_back(request);
        while kept.requests.len() > KEPT || (kept.bytes > KEPT_BYTES && kept.requests.len() > 1) {
            let oldest = kept.requests.pop_front().map_or(0, |request| request.body.len());
            kept.bytes -= oldest;
        }
    }

    pub(crate) fn list(&self) -> Vec<RecordedRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.iter().cloned().collect()
    }
}
