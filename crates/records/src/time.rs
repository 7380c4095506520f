//! Times as the tables have them.

use jiff::Timestamp;
use serde::{Deserialize as _, Deserializer};

/// The grain of the kept sums, in seconds.
const GRAIN_SECS: i64 = 300;

/// A time as a parameter has it, and SQLite stores it: of one width, so that it sorts as text.
pub(crate) fn time_text(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// The beginning of the five minutes of UTC that a time is in.
pub(crate) fn five_minutes_of(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second().div_euclid(GRAIN_SECS) * GRAIN_SECS).unwrap_or(time)
}

/// A time as a view gives it, in UTC: with a `Z` and a `T` from SQLite, without from PostgreSQL.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Deserialises such a time.
pub(crate) fn utc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_time(&text).ok_or_else(|| serde::de::Error::custom("no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_both_dialects_are_read() {
        let time: Timestamp = "2026-11-02T00:14:59.5Z".parse().unwrap();
        assert_eq!(parse_time(&time_text(time)), Some(time));
        assert_eq!(parse_time("2026-11-02 00:14:59.5"), Some(time));
        assert_eq!(time_text(five_minutes_of(time)), "2026-11-02T00:10:00.000000Z");
        assert_eq!(parse_time("soon"), None);
    }
}
