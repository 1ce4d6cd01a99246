//! What a fault does to a request and its answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use hyper::Request;
use hyper::body::{Frame, Incoming};
use hyper::service::Service;

use super::faults::{Chosen, Fault};
use super::reply::{self, Reply};

const GARBAGE: &str = "<html>\u{fffd} this is not the answer {\"data\":";
const API_ERROR: &str = "{\"errors\":[{\"message\":\"Unable to complete operation. An internal API error occurred.\",\
                         \"extensions\":{\"code\":\"API_ERROR\"}}],\"data\":null}\n";

/// Marks an answer that must not be sent: the connection is closed instead.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is dropped")]
pub(super) struct Dropped;

/// Does the work, unless the fault prevents it, and answers what the fault leaves of the answer.
pub(super) async fn with_fault(chosen: Option<Chosen>, work: impl Future<Output = Reply>) -> Reply {
    let Some(Chosen { fault, after_commit }) = chosen else { return work.await };
    match fault {
        Fault::Delay(pause) if after_commit => {
            let reply = work.await;
            tokio::time::sleep(pause).await;
            return reply;
        }
        Fault::Delay(pause) => {
            tokio::time::sleep(pause).await;
            return work.await;
        }
        Fault::Truncate => return truncated(work.await).await,
        _ if after_commit => drop(work.await),
        _ => {}
    }
    match fault {
        Fault::Status { status, retry_after } => bare(status, retry_after),
        Fault::Garbage => reply::html(StatusCode::OK, GARBAGE),
        Fault::ApiError => reply::json(StatusCode::OK, API_ERROR.to_owned()),
        _ => dropped(),
    }
}

fn dropped() -> Reply {
    let mut reply = Response::new(Body::empty());
    reply.extensions_mut().insert(Dropped);
    reply
}

fn bare(status: u16, retry_after: Option<Duration>) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = reply::text(status, status.canonical_reason().unwrap_or_default());
    if let Some(pause) = retry_after {
        reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(pause.as_secs()));
    }
    reply
}

/// Announces the whole body and sends half of it.
async fn truncated(reply: Reply) -> Reply {
    let (mut head, body) = reply.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    Response::from_parts(head, Body::new(Half { half: Some(half), flushed: false }))
}

struct Half {
    half: Option<Bytes>,
    flushed: bool,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // One turn for the connection to send what it has, before it sees that there is no more.
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(None)
    }
}

/// Passes requests on and ends the connection where an answer is marked as [`Dropped`].
#[derive(Clone)]
pub(super) struct Droppable<S>(pub(super) S);

impl<S> Service<Request<Incoming>> for Droppable<S>
where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Reply;
    type Error = Dropped;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Dropped>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            let Ok(reply) = answer.await;
            if reply.extensions().get::<Dropped>().is_some() { Err(Dropped) } else { Ok(reply) }
        })
    }
}
