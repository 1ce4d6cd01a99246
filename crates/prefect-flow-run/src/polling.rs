//! How often runs that are waited on or watched are asked for.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// How often runs are asked for: often while something happens, ever less often while nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Polling {
    /// The pause after something has changed. Default: 50 ms.
    pub min_interval: Duration,
    /// The longest pause. Default: 2 s, as in Prefect 1.4.1.
    pub max_interval: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self { min_interval: Duration::from_millis(50), max_interval: Duration::from_secs(2) }
    }
}

impl Polling {
    /// Sets the pause after something has changed.
    #[must_use]
    pub fn min_interval(mut self, interval: Duration) -> Self {
        self.min_interval = interval;
        self
    }

    /// Sets the longest pause.
    #[must_use]
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// The pauses after each other, while nothing happens.
    pub(crate) fn intervals(self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_factor(1.5)
            .with_min_delay(self.min_interval)
            .with_max_delay(self.max_interval)
            .without_max_times()
            .build()
    }
}
