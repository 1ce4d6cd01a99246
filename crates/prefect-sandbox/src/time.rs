//! Timestamps: read in any form PostgreSQL's clients send, written in the one form that is served.
//!
//! The written form is UTC, microseconds, trailing zeros cut, `+00:00`: `2022-01-01T00:00:00.12+00:00`.
//! Its text order is its time order, which the database relies on.

use std::cell::RefCell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit};

use crate::clock::SandboxClock;

thread_local! {
    static CLOCK: RefCell<Option<SandboxClock>> = const { RefCell::new(None) };
}

/// Sets the clock that this thread goes by: a sandbox's database threads go by the sandbox's.
pub(crate) fn go_by(clock: SandboxClock) {
    CLOCK.set(Some(clock));
}

/// The time by the thread's clock, the system's if it has none.
pub(crate) fn timestamp() -> Timestamp {
    let shown = CLOCK.with_borrow(|clock| clock.as_ref().map(SandboxClock::timestamp));
    shown.unwrap_or_else(Timestamp::now)
}

pub(crate) fn now() -> String {
    render(timestamp())
}

pub(crate) fn in_ten_years() -> String {
    const YEAR: i64 = 31_557_600;
    let now = timestamp();
    render(now.checked_add(SignedDuration::from_secs(10 * YEAR)).unwrap_or(now))
}

/// Reads RFC 3339 with any offset; a time without one is UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// The stored form of a timestamp that was given as text.
pub(crate) fn normalise(text: &str) -> Option<String> {
    parse(text).map(render)
}

pub(crate) fn render(time: Timestamp) -> String {
    let time = time.round(Unit::Microsecond).unwrap_or(time);
    let text = time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_like_postgres() {
        for (given, stored) in [
            ("2022-01-01T00:00:00Z", "2022-01-01T00:00:00+00:00"),
            ("2022-01-01T00:00:00.120000+00:00", "2022-01-01T00:00:00.12+00:00"),
            ("2022-01-01T01:00:00+01:00", "2022-01-01T00:00:00+00:00"),
            ("2022-01-01 00:00:10", "2022-01-01T00:00:10+00:00"),
            ("2022-01-01", "2022-01-01T00:00:00+00:00"),
            ("2022-01-01T00:00:00.123456789Z", "2022-01-01T00:00:00.123457+00:00"),
            ("2022-01-01T10:20:00+00:00", "2022-01-01T10:20:00+00:00"),
        ] {
            assert_eq!(normalise(given).as_deref(), Some(stored), "{given}");
        }
        assert_eq!(normalise("tomorrow"), None);
    }

    #[test]
    fn text_order_is_time_order() {
        let times = ["00", "00.1", "00.12", "00.123", "00.2", "01"];
        let stored: Vec<_> =
            times.iter().map(|s| normalise(&format!("2022-01-01T00:00:{s}Z")).unwrap()).collect();
        assert!(stored.is_sorted(), "{stored:?}");
    }
}
