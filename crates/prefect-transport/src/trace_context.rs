//! The headers by which a server finds out which trace a request belongs to. What they say is the caller's.

use std::fmt;

use http::{HeaderMap, header};

/// Adds the headers of the present span's trace.
pub(crate) struct TraceContext(pub(crate) Box<dyn Fn(&mut HeaderMap) + Send + Sync>);

impl TraceContext {
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        (self.0)(&mut headers);
        // The transport's own stands whatever is said here.
        headers.remove(header::CONTENT_TYPE);
        headers
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceContext")
    }
}
