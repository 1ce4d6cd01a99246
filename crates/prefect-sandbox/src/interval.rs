//! Intervals: read in the forms in which PostgreSQL writes them and clients send them, in the order of their lengths.

use std::cmp::Ordering;

use jiff::Span;

/// The length in microseconds, a month being 30 days and a day 24 hours, as PostgreSQL compares intervals.
///
/// A number alone is seconds.
pub(crate) fn length(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000);
    }
    // PostgreSQL abbreviates months as jiff does not.
    let words =
        text.split_whitespace().map(|word| if matches!(word, "mon" | "mons") { "months" } else { word });
    let span: Span = words.collect::<Vec<_>>().join(" ").parse().ok()?;
    let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
    let days = months * 30 + i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let minutes = (days * 24 + i64::from(span.get_hours())) * 60 + span.get_minutes();
    let millis = (minutes * 60 + span.get_seconds()) * 1_000 + span.get_milliseconds();
    Some(millis * 1_000 + span.get_microseconds() + span.get_nanoseconds() / 1_000)
}

/// By length. Texts that are no intervals come last, ordered as texts.
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    match (length(left), length(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_a_length() {
        for (text, seconds) in [
            ("00:11:00", 660.0),
            ("00:00:01.5", 1.5),
            ("30:00:00", 108_000.0),
            ("1 day", 86_400.0),
            ("1 day 02:00:00", 93_600.0),
            ("2 days 00:00:00.25", 172_800.25),
            ("1 mon", 2_592_000.0),
            ("1 year 2 mons 3 days", 36_547_200.0),
            ("5 minutes", 300.0),
            ("1 hour 30 min", 5_400.0),
            ("PT5M", 300.0),
            ("660", 660.0),
            ("-00:00:01", -1.0),
        ] {
            assert_eq!(length(text), Some((seconds * 1e6) as i64), "{text}");
        }
        for text in ["", "soon", "1 parsec", "9223372036854775807"] {
            assert_eq!(length(text), None, "{text}");
        }
    }

    #[test]
    fn the_order_is_not_that_of_the_texts() {
        let texts = ["00:00:02", "00:00:10", "23:00:00", "1 day", "25:00:00", "10 days", "1 mon", "soon"];
        assert!(texts.is_sorted_by(|left, right| order(left, right).is_lt()));
        assert_eq!(order("1 day", "24:00:00"), Ordering::Equal);
    }
}
