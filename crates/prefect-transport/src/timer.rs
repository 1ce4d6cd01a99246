//! The clock that timeouts and pauses go by: a seam, so that no particular runtime is needed.

use std::fmt;
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// A clock that can wait. Bring your own for a runtime other than tokio, or to stop time in a test.
pub trait Timer: fmt::Debug + Send + Sync {
    /// Completes once `duration` has passed.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// The present instant; it advances as [`sleep`](Self::sleep) does.
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// Time ran out before a future was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Elapsed {
    /// The limit.
    pub after: Duration,
}

/// Awaits `future`, for `limit` at the most if there is one. It is pinned by the caller, as with
/// [`pin!`](std::pin::pin), since a large future that is not moved costs less; so it is the caller who drops it when time
/// has run out.
///
/// # Errors
/// [`Elapsed`] when it was not done in time.
pub fn timeout<F: Future + Unpin>(
    timer: &dyn Timer,
    limit: impl Into<Option<Duration>>,
    mut future: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    let limit = limit.into();
    // What is done at once needs no clock.
    let mut sleep = None;
    poll_fn(move |context| {
        if let Poll::Ready(output) = future.poll_unpin(context) {
            return Poll::Ready(Ok(output));
        }
        let Some(after) = limit else { return Poll::Pending };
        let sleep = sleep.get_or_insert_with(|| timer.sleep(after));
        sleep.poll_unpin(context).map(|()| Err(Elapsed { after }))
    })
}

/// The timer of a tokio runtime that has time enabled.
#[cfg(feature = "tokio")]
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

#[cfg(feature = "tokio")]
impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // Made on first poll, so that a timer can be asked outside of the runtime.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}
