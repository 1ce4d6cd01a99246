//! When a run is to start, written as Python writes it.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use prefect_schema::{cynic, schema};

/// The instant that a run is to start at, with the offset it was given in.
///
/// Made from a [`jiff::Timestamp`], which is sent in UTC, or a [`jiff::Zoned`], whose offset from UTC
/// is kept. Sent as Python's `datetime.isoformat` writes it: microseconds at the finest.
#[derive(Debug, Clone, PartialEq, Eq, cynic::Scalar)]
#[cynic(graphql_type = "DateTime")]
pub struct StartTime(String);

impl StartTime {
    /// The instant that is `delay` after `now`.
    pub(crate) fn after(now: Timestamp, delay: Duration) -> Self {
        now.checked_add(delay).unwrap_or(Timestamp::MAX).into()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Zoned> for StartTime {
    fn from(time: &Zoned) -> Self {
        let seconds = time.strftime("%Y-%m-%dT%H:%M:%S");
        let offset = time.strftime("%:z");
        Self(match time.subsec_nanosecond() / 1_000 {
            0 => format!("{seconds}{offset}"),
            micros => format!("{seconds}.{micros:06}{offset}"),
        })
    }
}

impl From<Zoned> for StartTime {
    fn from(time: Zoned) -> Self {
        Self::from(&time)
    }
}

impl From<Timestamp> for StartTime {
    fn from(time: Timestamp) -> Self {
        Self::from(&time.to_zoned(TimeZone::UTC))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn is_written_as_python_does() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let berlin = TimeZone::fixed(Offset::from_seconds(3_600).unwrap());
        let st_johns = TimeZone::fixed(Offset::from_seconds(-12_600).unwrap());
        for (given, written) in [
            (StartTime::from(time("2026-11-22T20:54:22Z")), "2026-11-22T20:54:22+00:00"),
            (time("2026-11-22T20:54:22.045042999Z").into(), "2026-11-22T20:54:22.045042+00:00"),
            (time("2026-11-22T20:54:22.0000009Z").into(), "2026-11-22T20:54:22+00:00"),
            (time("2026-11-22T20:54:22.5Z").to_zoned(berlin).into(), "2026-11-22T21:54:22.500000+01:00"),
            (time("2026-11-22T20:54:22Z").to_zoned(st_johns).into(), "2026-11-22T17:24:22-03:30"),
        ] {
            assert_eq!(given.as_str(), written);
        }
    }

    #[test]
    fn a_delay_beyond_all_time_is_the_end_of_time() {
        assert_eq!(
            StartTime::after(Timestamp::UNIX_EPOCH, Duration::from_millis(1_500)).as_str(),
            "1970-01-01T00:00:01.500000+00:00"
        );
        assert_eq!(StartTime::after(Timestamp::now(), Duration::MAX), Timestamp::MAX.into());
    }
}
