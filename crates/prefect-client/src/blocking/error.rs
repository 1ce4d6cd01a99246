//! What can go wrong with a blocking call, apart from what it asks for.

/// A blocking call was made inside of a tokio runtime, which it would stall. Nothing was sent.
///
/// The threads of tokio's `spawn_blocking` count as inside, for tokio does not tell them from others;
/// a thread of `std::thread` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a blocking call inside of an async runtime would stall it; use the async client there, or make the call on a thread of std::thread"
)]
#[non_exhaustive]
pub struct InsideRuntime;

/// Why a blocking call failed; `E` is the async method's error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E> {
    /// The call was made inside of an async runtime.
    #[error(transparent)]
    InsideRuntime(InsideRuntime),
    /// The call was made, and failed.
    #[error(transparent)]
    Call(E),
}

impl<E> Error<E> {
    pub(super) fn flatten<T>(outcome: Result<Result<T, E>, InsideRuntime>) -> Result<T, Self> {
        match outcome {
            Ok(outcome) => outcome.map_err(Self::Call),
            Err(inside) => Err(Self::InsideRuntime(inside)),
        }
    }
}
