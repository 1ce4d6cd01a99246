//! The runtime of a blocking client, and the one place that blocks.

use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle};

use super::{Error, InsideRuntime};

/// A runtime that a client shares with what it hands out; it ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Runtime(Arc<Owned>);

#[derive(Debug)]
struct Owned {
    handle: Handle,
    /// There until it is dropped.
    runtime: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    /// One thread of its own, which attends to the connections also between two calls.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("prefect-client")
            .enable_all()
            .build()?;
        Ok(Self(Arc::new(Owned { handle: runtime.handle().clone(), runtime: Some(runtime) })))
    }

    pub(super) fn block_on<F: IntoFuture>(&self, future: F) -> Result<F::Output, InsideRuntime> {
        // tokio panics where it cannot block.
        if Handle::try_current().is_ok() {
            return Err(InsideRuntime);
        }
        Ok(self.0.handle.block_on(future.into_future()))
    }

    pub(super) fn call<T, E>(&self, future: impl IntoFuture<Output = Result<T, E>>) -> Result<T, Error<E>> {
        Error::flatten(self.block_on(future))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Dropping it would block until its thread ends, and panic inside of another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
