//! Reads the body of an answer whole, up to a limit.

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;

use crate::{BoxError, HttpBody};

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
pub(crate) async fn read(body: HttpBody, limit: usize) -> Result<Bytes, Unread> {
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

struct Parts {
    body: HttpBody,
    /// So many more bytes are taken.
    left: usize,
}

impl Parts {
    /// The next part that is no trailer.
    async fn next(&mut self) -> Result<Option<Bytes>, Unread> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(part) = frame.map_err(Unread::Broken)?.into_data() {
                self.left = self.left.checked_sub(part.len()).ok_or(Unread::TooLarge)?;
                return Ok(Some(part));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::*;

    fn in_parts(parts: &'static [&'static str]) -> HttpBody {
        let frames = parts.iter().map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes()))));
        HttpBody::new(StreamBody::new(stream::iter(frames)))
    }

    #[tokio::test]
    async fn a_body_is_read_whole_however_it_arrives() {
        assert_eq!(read(in_parts(&[]), 3).await.unwrap(), "");
        assert_eq!(read(in_parts(&["abc"]), 3).await.unwrap(), "abc");
        assert_eq!(read(in_parts(&["a", "", "bc"]), 3).await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        for parts in [&["abcd"] as &[_], &["a", "bc", "d"], &["abc", "d"]] {
            let outcome = read(in_parts(parts), 3).await;
            assert!(matches!(outcome, Err(Unread::TooLarge)), "{parts:?}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_body_of_one_part_is_not_copied() {
        let sent = Bytes::from_static(b"abc");
        let body = HttpBody::new(Full::new(sent.clone()).map_err(Into::into));
        assert_eq!(read(body, 3).await.unwrap().as_ptr(), sent.as_ptr());
    }
}
