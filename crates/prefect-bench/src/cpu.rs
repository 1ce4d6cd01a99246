//! The CPU time of this process. What others do on the machine moves it little.

use std::time::Duration;

pub(crate) fn used() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(used).unwrap_or_default()
}
