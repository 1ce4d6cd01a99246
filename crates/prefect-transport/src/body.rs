//! The body of an answer: what a service gives, and how it is read whole, up to a limit.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::BoxError;

/// The body of an answer, read piece by piece; the transport decides how much of it to take.
pub struct HttpBody(Inner);

enum Inner {
    Boxed(UnsyncBoxBody<Bytes, BoxError>),
    /// Which is in a box already.
    #[cfg(feature = "reqwest")]
    Reqwest(reqwest::Body),
}

impl HttpBody {
    /// The body that `body` is, whatever its type: a `http_body_util::Full`, a stream, a client's own.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Inner::Boxed(body.map_err(Into::into).boxed_unsync()))
    }

    #[cfg(feature = "reqwest")]
    pub(crate) fn of_reqwest(body: reqwest::Body) -> Self {
        Self(Inner::Reqwest(body))
    }
}

impl Body for HttpBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Inner::Boxed(body) => Pin::new(body).poll_frame(context),
            #[cfg(feature = "reqwest")]
            Inner::Reqwest(body) => {
                Pin::new(body).poll_frame(context).map_err(|error| error.without_url().into())
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Boxed(body) => body.is_end_stream(),
            #[cfg(feature = "reqwest")]
            Inner::Reqwest(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Boxed(body) => body.size_hint(),
            #[cfg(feature = "reqwest")]
            Inner::Reqwest(body) => body.size_hint(),
        }
    }
}

/// Without what was read of it.
impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBody").finish_non_exhaustive()
    }
}

/// A server that announces more bytes is believed when they are there.
const MOST_RESERVED: usize = 1024 * 1024;

/// Why a body was not read whole.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It has more bytes than the limit.
    TooLarge,
    /// The connection broke; the service says why.
    Broken(BoxError),
}

/// Reads `body`, of `limit` bytes at the most.
///
/// What comes in one part is not copied. Of more parts none is kept, so that the connection reads all into one buffer.
pub(crate) async fn read(body: &mut HttpBody, limit: usize) -> Result<Bytes, Unread> {
    let mut parts = Parts { body, left: limit };
    let Some(first) = parts.next().await? else { return Ok(Bytes::new()) };
    if parts.body.is_end_stream() {
        return Ok(first);
    }
    let announced = usize::try_from(parts.body.size_hint().lower()).unwrap_or_default();
    let mut whole = Vec::with_capacity(first.len() + announced.min(MOST_RESERVED));
    whole.extend_from_slice(&first);
    drop(first);
    while let Some(part) = parts.next().await? {
        whole.extend_from_slice(&part);
    }
    Ok(whole.into())
}

struct Parts<'a> {
    body: &'a mut HttpBody,
    /// So many more bytes are taken.
    left: usize,
}

impl Parts<'_> {
    /// The next part that is no trailer.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Unread>> {
        poll_fn(|context| {
            while let Some(frame) = ready!(Pin::new(&mut *self.body).poll_frame(context)) {
                if let Ok(part) = frame.map_err(Unread::Broken)?.into_data() {
                    self.left = self.left.checked_sub(part.len()).ok_or(Unread::TooLarge)?;
                    return Poll::Ready(Ok(Some(part)));
                }
            }
            Poll::Ready(Ok(None))
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{Full, StreamBody};

    use super::*;

    fn in_parts(parts: &'static [&'static str]) -> HttpBody {
        let frames =
            parts.iter().map(|part| Ok::<_, BoxError>(Frame::data(Bytes::from_static(part.as_bytes()))));
        HttpBody::new(StreamBody::new(stream::iter(frames)))
    }

    #[tokio::test]
    async fn a_body_tells_how_much_is_left_of_what_it_was_made_of() {
        let bodies = [
            HttpBody::new(Full::new(Bytes::from_static(b"abc"))),
            #[cfg(feature = "reqwest")]
            HttpBody::of_reqwest("abc".into()),
        ];
        for mut body in bodies {
            assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(3), false));
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "abc");
            assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
        }
    }

    #[tokio::test]
    async fn a_body_is_read_whole_however_it_arrives() {
        assert_eq!(read(&mut in_parts(&[]), 3).await.unwrap(), "");
        assert_eq!(read(&mut in_parts(&["abc"]), 3).await.unwrap(), "abc");
        assert_eq!(read(&mut in_parts(&["a", "", "bc"]), 3).await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        for parts in [&["abcd"] as &[_], &["a", "bc", "d"], &["abc", "d"]] {
            let outcome = read(&mut in_parts(parts), 3).await;
            assert!(matches!(outcome, Err(Unread::TooLarge)), "{parts:?}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_body_of_one_part_is_not_copied() {
        let sent = Bytes::from_static(b"abc");
        let mut body = HttpBody::new(Full::new(sent.clone()));
        assert_eq!(read(&mut body, 3).await.unwrap().as_ptr(), sent.as_ptr());
    }
}
