//! Counts what the transport sends, by the spans that it opens.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Requests and attempts at them, of this process.
#[derive(Clone, Copy)]
pub(crate) struct Requests(&'static [AtomicU64; 2]);

/// Begins to count.
pub(crate) fn count() -> Requests {
    static COUNTED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
    let requests = Requests(&COUNTED);
    tracing::subscriber::set_global_default(requests).unwrap();
    requests
}

impl Requests {
    /// How often a request was sent; each is an attempt.
    pub(crate) fn sent(self) -> u64 {
        self.0[1].load(Relaxed)
    }

    /// How many of them were sent again.
    pub(crate) fn retries(self) -> u64 {
        self.sent() - self.0[0].load(Relaxed)
    }
}

fn counted(metadata: &Metadata<'_>) -> Option<usize> {
    ["prefect.request", "prefect.attempt"].iter().position(|name| *name == metadata.name())
}

impl Subscriber for Requests {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && counted(metadata).is_some()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        if let Some(index) = counted(span.metadata()) {
            self.0[index].fetch_add(1, Relaxed);
        }
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
