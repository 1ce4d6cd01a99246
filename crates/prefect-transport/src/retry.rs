//! When a request is sent again, and after which pause.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use http::StatusCode;

use crate::answer::Answer;
use crate::{Error, Kind};

/// How often and how patiently a request is sent again.
///
/// What is retried is not up for choice: what cannot have been executed always is, what may have
/// been executed only for an idempotent request, and what would fail again never.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The number of attempts, the first one included. 1 turns retrying off.
    pub max_attempts: u32,
    /// The pause before the second attempt; each further one is twice as long. Up to as much again
    /// is added at random.
    pub min_delay: Duration,
    /// The longest pause, before the random part. A server's `Retry-After` may ask for more.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts, with pauses from 0.25 s to 8 s.
    fn default() -> Self {
        Self { max_attempts: 4, min_delay: Duration::from_millis(250), max_delay: Duration::from_secs(8) }
    }
}

impl RetryPolicy {
    /// A single attempt.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets [`max_attempts`](Self::max_attempts).
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets [`min_delay`](Self::min_delay).
    #[must_use]
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// Sets [`max_delay`](Self::max_delay).
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The pause after so many others; `None` when there is to be no more.
    pub(crate) fn delay(&self, pauses: usize) -> Option<Duration> {
        ExponentialBuilder::default()
            .with_min_delay(self.min_delay.min(self.max_delay))
            .with_max_delay(self.max_delay)
            .with_max_times(self.max_attempts.saturating_sub(1) as usize)
            .with_jitter()
            .build()
            .nth(pauses)
    }
}

/// What an attempt's outcome means for sending the request again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Final: an answer, or a failure that would repeat itself.
    Final,
    /// Certainly not executed.
    Safe,
    /// Perhaps executed.
    InDoubt,
}

pub(crate) fn verdict(outcome: &Result<Answer, Error>) -> Verdict {
    match outcome {
        Ok(answer) if answer.is_internal_error() => Verdict::InDoubt,
        Ok(_) => Verdict::Final,
        // A provider retries for itself.
        Err(error) if error.kind() == Kind::Credentials || !error.is_retryable() => Verdict::Final,
        Err(error) if error.last_in_doubt() => Verdict::InDoubt,
        Err(_) => Verdict::Safe,
    }
}

/// The statuses after which the same request may succeed.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Reads a `Retry-After` header: seconds, or an HTTP date.
pub(crate) fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_limit_and_end() {
        let policy = RetryPolicy::default().max_attempts(6).max_delay(Duration::from_secs(1));
        let delays: Vec<_> = (0..).map_while(|pauses| policy.delay(pauses)).collect();
        assert_eq!(delays.len(), 5);
        for (delay, base) in delays.iter().zip([250, 500, 1000, 1000, 1000]) {
            let base = Duration::from_millis(base);
            assert!(*delay >= base && *delay <= base * 2, "{delay:?} for {base:?}");
        }
        assert_eq!(RetryPolicy::never().delay(0), None);
        let impatient = RetryPolicy::default().max_delay(Duration::from_millis(50));
        assert!(impatient.delay(0).unwrap() <= Duration::from_millis(100));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |text: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(http::header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(read(" 7 "), Some(Duration::from_secs(7)));
        let later = std::time::SystemTime::now() + Duration::from_secs(100);
        let seconds = read(&httpdate::fmt_http_date(later)).unwrap().as_secs();
        assert!((95..=100).contains(&seconds), "{seconds}");
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }
}
