//! What is rarely wanted of a future, kept out of the way of what always is.

use std::future::Future;

use prefect_transport::BoxFuture;

/// The future that `make` gives, made and boxed apart: neither the future that awaits it nor the stack frame of that
/// has room for it.
#[cold]
#[inline(never)]
pub(crate) fn rarely<'a, F: Future + Send + 'a>(make: impl FnOnce() -> F) -> BoxFuture<'a, F::Output> {
    Box::pin(make())
}
