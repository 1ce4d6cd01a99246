//! The CPU time of this process, the load's included. What others do on the machine moves it little.

use std::time::Duration;

/// Zero where it is not known.
pub(crate) fn used() -> Duration {
    #[cfg(unix)]
    {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(used).unwrap_or_default()
    }
    #[cfg(not(unix))]
    Duration::ZERO
}
