//! Lists that the server gives in pages, as streams.

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use prefect_transport::Error;
use uuid::Uuid;

/// The most rows of a page.
pub(crate) const PAGE: usize = 100;

/// Where a page ended. Both of it never change for a row, so a page that begins after it neither
/// repeats a row nor leaves one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) created: Timestamp,
    pub(crate) id: Uuid,
}

/// The rows of all pages that `fetch` gives; a page is asked for when the rows before it are taken.
///
/// Only an empty page is the last one: a server may have a limit of its own, and then gives fewer
/// rows than were asked for.
pub(crate) fn rows<T, F>(
    cursor: fn(&T) -> Cursor,
    fetch: impl Fn(Option<Cursor>) -> F + Send + 'static,
) -> BoxStream<'static, Result<T, Error>>
where
    T: Send + 'static,
    F: Future<Output = Result<Vec<T>, Error>> + Send + 'static,
{
    let pages = stream::try_unfold(None, move |after| {
        let page = fetch(after);
        async move {
            let page = page.await?;
            let last = page.last().map(cursor);
            Ok(last.map(|last| (stream::iter(page.into_iter().map(Ok)), Some(last))))
        }
    });
    pages.try_flatten().boxed()
}
