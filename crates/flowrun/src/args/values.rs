//! The values of options, from their texts.

use std::fmt;
use std::time::Duration;

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use prefect_client::{LogLevel, StartTime, State};

/// A text that is never shown.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration: jiff::SignedDuration =
        text.parse().map_err(|_| "expected a duration like 90s or 1h".to_owned())?;
    duration.try_into().map_err(|_| "a duration cannot be negative".to_owned())
}

/// An instant, which keeps the offset that it is given with.
pub(crate) fn start_time(text: &str) -> Result<StartTime, String> {
    let refused = |_| "expected a time with its offset, like 2026-11-24T20:00:00+01:00".to_owned();
    let time: jiff::Timestamp = text.parse().map_err(refused)?;
    let offset = DateTimeParser::new().parse_pieces(text).map_err(refused)?.to_numeric_offset();
    let zone = offset.map_or(TimeZone::UTC, TimeZone::fixed);
    Ok(time.to_zoned(zone).into())
}

pub(super) fn level(text: &str) -> Result<LogLevel, String> {
    match LogLevel::from(text.to_uppercase()) {
        LogLevel::Other(_) => Err("expected debug, info, warning, error or critical".to_owned()),
        level => Ok(level),
    }
}

pub(super) fn state(text: &str) -> Result<State, String> {
    match State::from(text.to_owned()) {
        State::Other(_) => {
            Err("no state of Prefect; there are Scheduled, Running, Success, Failed and others".to_owned())
        }
        state => Ok(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_for_people() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        assert!(duration("-1h").is_err() && duration("soon").is_err() && duration("90").is_err());
    }

    #[test]
    fn a_time_keeps_its_offset() {
        for (given, kept) in [
            ("2026-11-24T20:00:00Z", "2026-11-24T20:00:00+00:00"),
            ("2026-11-24 20:00+01:00", "2026-11-24T20:00:00+01:00"),
            ("2026-11-24T20:00:00.25-03:30", "2026-11-24T20:00:00.250000-03:30"),
        ] {
            assert_eq!(start_time(given).unwrap().as_str(), kept);
        }
        assert!(start_time("2026-11-24T20:00:00").is_err() && start_time("tomorrow").is_err());
    }
}
