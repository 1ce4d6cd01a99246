//! The memory of what runs on this thread.

use tokio::runtime::Runtime;

use crate::Result;

/// The heap, as far as it was filled by what ran through this.
#[derive(Default)]
pub(crate) struct Heap {
    held: i64,
}

impl Heap {
    /// Runs `future`; what it gives, and the most bytes that were held at one time meanwhile, with those that were
    /// held before.
    pub(crate) fn peak<T>(
        &mut self,
        runtime: &Runtime,
        future: impl Future<Output = Result<T>>,
    ) -> Result<(T, f64)> {
        let mut outcome = Err("nothing was run".into());
        let counted = allocation_counter::measure(|| outcome = runtime.block_on(future));
        let peak = self.held as f64 + counted.bytes_max as f64;
        self.held += counted.bytes_current;
        Ok((outcome?, peak))
    }

    /// The bytes that are held now.
    pub(crate) fn held(&self) -> f64 {
        self.held as f64
    }
}
