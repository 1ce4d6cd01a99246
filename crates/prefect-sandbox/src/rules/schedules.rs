//! Schedules of flow groups: checked and written as Prefect serializes them. Nothing here runs by them.

use super::python;
use crate::error::FieldError;
use crate::time;
use crate::value::Value;

/// `parameter_defaults` is JSON text.
pub(crate) enum Clock {
    Cron { cron: String, parameter_defaults: Option<String> },
    Interval { seconds: i64, parameter_defaults: Option<String> },
}

/// The fields of a cron expression: minute, hour, day, month, weekday, and the second, which is last.
const FIELDS: [(u32, u32, &[&str]); 6] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &["l"]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 7, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    (0, 59, &[]),
];
const NAMED: [&str; 7] = ["@annually", "@daily", "@hourly", "@midnight", "@monthly", "@weekly", "@yearly"];

/// The serialized schedule.
pub(crate) fn schedule(clocks: Vec<Clock>, timezone: Option<&str>) -> Result<String, FieldError> {
    let start_date = match timezone.filter(|timezone| !timezone.is_empty()) {
        Some(timezone) => start_date(timezone)?,
        None => Value::Null,
    };
    let mut serialized = Vec::new();
    for clock in clocks {
        let is_valid = clock.is_valid();
        let clock = clock.serialize(&start_date);
        if !is_valid {
            let clock = python::repr(&clock);
            return Err(FieldError::new(format!("Invalid clock provided for schedule: {clock}")));
        }
        serialized.push(clock);
    }
    let schedule = Value::object([("type", Value::string("Schedule")), ("clocks", Value::List(serialized))]);
    Ok(schedule.to_json())
}

/// Now by the sandbox's clock, as the wall clock of a time zone shows it.
fn start_date(timezone: &str) -> Result<Value, FieldError> {
    let now = time::timestamp()
        .in_tz(timezone)
        .map_err(|_| FieldError::new(format!("Invalid timezone provided for schedule: {timezone}")))?;
    let time = now.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    Ok(Value::object([("dt", Value::String(time)), ("tz", Value::string(timezone))]))
}

impl Clock {
    fn is_valid(&self) -> bool {
        match self {
            Self::Cron { cron, .. } => is_cron(cron),
            Self::Interval { seconds, .. } => *seconds > 0,
        }
    }

    fn serialize(self, start_date: &Value) -> Value {
        let (kind, (name, value), defaults) = match self {
            Self::Cron { cron, parameter_defaults } => {
                ("CronClock", ("cron", Value::String(cron)), parameter_defaults)
            }
            Self::Interval { seconds, parameter_defaults } => {
                let micros = seconds.saturating_mul(1_000_000);
                ("IntervalClock", ("interval", Value::Number(micros.to_string())), parameter_defaults)
            }
        };
        let mut fields = vec![("type", Value::string(kind)), (name, value)];
        fields.extend(defaults.map(|defaults| ("parameter_defaults", Value::Json(defaults))));
        fields.push(("start_date", start_date.clone()));
        Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Five or six fields, or one of the names for them.
fn is_cron(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let fields: Vec<&str> = text.split_whitespace().collect();
    NAMED.contains(&text.as_str())
        || ((5..=6).contains(&fields.len())
            && fields.iter().zip(FIELDS).all(|(text, field)| is_field(text, field)))
}

/// A list of `*`, values and ranges, each with a step perhaps.
fn is_field(text: &str, field: (u32, u32, &[&str])) -> bool {
    let is_item = |item: &str| {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let is_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let is_range = match range.split_once('-') {
            Some((from, to)) => is_value(from, field) && is_value(to, field),
            None => matches!(range, "*" | "?") || is_value(range, field),
        };
        is_step && is_range
    };
    text.split(',').all(is_item)
}

/// A number or a name; `5#2` is the second Friday of a month, `l5` the last one.
fn is_value(text: &str, (low, high, names): (u32, u32, &[&str])) -> bool {
    let is_weekday = names.first() == Some(&"sun");
    let text = match text.split_once('#') {
        Some((day, week)) if is_weekday && matches!(week, "1" | "2" | "3" | "4" | "5" | "l") => day,
        _ => text,
    };
    let text = text.strip_prefix('l').filter(|day| is_weekday && !day.is_empty()).unwrap_or(text);
    names.contains(&text) || text.parse::<u32>().is_ok_and(|number| (low..=high).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_expressions() {
        for cron in [
            "* * * * *",
            "*/5 0-6,12 1,15 jan-MAR mon",
            "0 0 l * *",
            "0 0 * * 5#2",
            "0 0 * * l5",
            "@daily",
            "0 0 * * 7 30",
            " 1 2 3 4 5 ",
        ] {
            assert!(is_cron(cron), "{cron}");
        }
        for cron in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "*/0 * * * *",
            "a b c d e",
            "* * * * * * *",
            "@never",
        ] {
            assert!(!is_cron(cron), "{cron}");
        }
    }
}
