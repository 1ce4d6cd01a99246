//! A clock that is in a hurry: pauses are over at once, and yet the time has passed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prefect_flow_run::transport::{BoxFuture, Timer};

/// What is shorter is waited for: the limit on an attempt, and the pauses of an impatient policy.
const SHORTEST: Duration = Duration::from_millis(900);
/// What is longer is waited for: the limit on a call, and the poller's patience.
const LONGEST: Duration = Duration::from_secs(13);

#[derive(Debug, Clone, Default)]
pub(crate) struct Hurried {
    skipped: Arc<Mutex<Duration>>,
}

impl Hurried {
    /// What a laptop does that sleeps.
    pub(crate) fn jump(&self, duration: Duration) {
        *self.skipped.lock().unwrap() += duration;
    }
}

impl Timer for Hurried {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration < SHORTEST || duration > LONGEST {
            return Box::pin(tokio::time::sleep(duration));
        }
        let clock = self.clone();
        Box::pin(async move {
            tokio::task::yield_now().await;
            clock.jump(duration);
        })
    }

    fn now(&self) -> Instant {
        Instant::now() + *self.skipped.lock().unwrap()
    }
}
