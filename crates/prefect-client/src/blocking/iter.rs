//! A stream as an iterator.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};

use super::InsideRuntime;
use super::runtime::Runtime;

/// The items of a stream, which goes on only while it is asked for the next one. After
/// [`InsideRuntime`] there is nothing more.
pub(super) struct Iter<S> {
    runtime: Runtime,
    /// There until it ended.
    stream: Option<Pin<Box<S>>>,
}

impl<S> Iter<S> {
    pub(super) fn new(runtime: &Runtime, stream: S) -> Self {
        Self { runtime: runtime.clone(), stream: Some(Box::pin(stream)) }
    }
}

impl<S: Stream> Iterator for Iter<S> {
    type Item = Result<S::Item, InsideRuntime>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.runtime.block_on(self.stream.as_mut()?.next()).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.stream = None;
        }
        next
    }
}
