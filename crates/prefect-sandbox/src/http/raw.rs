//! What is written on a bare connection where HTTP would not allow it, and how the connection ends.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::reply::Reply;

/// Written instead of an answer that carries it as an extension. It is the connection's last one.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the connection ends with a fault")]
pub(super) struct Raw {
    pub(super) bytes: Bytes,
    /// The bytes go one by one, with a pause after each.
    pub(super) pace: Option<Duration>,
    pub(super) end: End,
}

/// How a connection ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    Close,
    Reset,
    /// Reset when the client sends something more.
    ResetOnReuse,
    /// Not at all: these are written again and again, until the client goes.
    Repeat(Bytes),
}

impl Raw {
    /// Writes it. An error is a client that did not wait for the end.
    pub(super) async fn write(self, stream: &mut TcpStream) -> io::Result<()> {
        match self.pace {
            None => stream.write_all(&self.bytes).await?,
            Some(pause) => {
                for byte in self.bytes {
                    stream.write_u8(byte).await?;
                    tokio::time::sleep(pause).await;
                }
            }
        }
        match self.end {
            End::Close => stream.shutdown().await,
            End::Reset => stream.set_zero_linger(),
            End::ResetOnReuse => {
                stream.peek(&mut [0]).await?;
                stream.set_zero_linger()
            }
            End::Repeat(bytes) => loop {
                stream.write_all(&bytes).await?;
            },
        }
    }
}

/// Passes requests on and ends HTTP on the connection where an answer carries something [`Raw`].
#[derive(Clone)]
pub(super) struct RawOr<S>(pub(super) S);

impl<S> Service<Request<Incoming>> for RawOr<S>
where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Reply;
    type Error = Raw;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Raw>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            let Ok(mut reply) = answer.await;
            reply.extensions_mut().remove().map_or(Ok(reply), Err)
        })
    }
}
