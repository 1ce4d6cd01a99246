//! What the sandbox takes for the time: the system's, or one that a test moves.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// After this long a sleeper looks again: the system's clock may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(3_600);

/// The clock of a sandbox: all times that the server sets, what is due, what has expired.
///
/// Clones are handles on the same clock. The clock of one sandbox may be given to the next one.
#[derive(Clone, Debug)]
pub struct SandboxClock(Arc<watch::Sender<Reading>>);

#[derive(Clone, Copy, Debug)]
enum Reading {
    /// So far ahead of the system's clock.
    Running(SignedDuration),
    Stopped(Timestamp),
}

impl Default for SandboxClock {
    fn default() -> Self {
        Self::system()
    }
}

impl SandboxClock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Arc::new(watch::Sender::new(Reading::Running(SignedDuration::ZERO))))
    }

    /// A clock that shows `start` until it is moved.
    pub fn manual(start: SystemTime) -> Self {
        Self(Arc::new(watch::Sender::new(Reading::Stopped(timestamp(start)))))
    }

    /// Moves the clock on; what has become due by it happens. A running clock is ahead from then on.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.0.send_modify(|reading| {
            *reading = match *reading {
                Reading::Running(ahead) => Reading::Running(ahead.saturating_add(by)),
                Reading::Stopped(time) => Reading::Stopped(later(time, by)),
            };
        });
    }

    /// Stops the clock at a time, which may be an earlier one.
    pub fn set(&self, time: SystemTime) {
        self.0.send_modify(|reading| *reading = Reading::Stopped(timestamp(time)));
    }

    /// What it shows.
    pub fn now(&self) -> SystemTime {
        self.timestamp().into()
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        match *self.0.borrow() {
            Reading::Running(ahead) => later(Timestamp::now(), ahead),
            Reading::Stopped(time) => time,
        }
    }

    /// Returns when the clock shows `time` or a later one; never when there is no such time.
    pub(crate) async fn sleep_until(&self, time: Option<Timestamp>) {
        let mut moved = self.0.subscribe();
        loop {
            moved.mark_unchanged();
            let left = time.map(|time| time.duration_since(self.timestamp()));
            if left.is_some_and(|left| !left.is_positive()) {
                return;
            }
            let running = matches!(*self.0.borrow(), Reading::Running(_));
            let pause = left.filter(|_| running).and_then(|left| Duration::try_from(left).ok());
            let pause = pause.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
            tokio::select! {
                _ = moved.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
