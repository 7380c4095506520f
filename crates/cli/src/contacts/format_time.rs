//! Times and durations as people read them. Pure.

use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::standing::ms_by_clock;

/// Milliseconds since the beginning: `+0:42`, `+1:02:03`.
pub(crate) fn offset(ms: i64) -> String {
    format!("+{}", clock(ms / 1000))
}

/// How long something took: `350 ms`, `42 s`, `3:20`, `1:02:03`.
pub(crate) fn lasted(ms: i64) -> String {
    match ms {
        ..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{} s", ms / 1000),
        _ => clock(ms / 1000),
    }
}

/// How long something took that began then, [by the clock](ms_by_clock).
pub(crate) fn lasted_since(at: Timestamp, ms: i64) -> String {
    lasted(ms_by_clock(at, ms))
}

/// Minutes and seconds, and hours if there are any.
fn clock(secs: i64) -> String {
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours == 0 { format!("{minutes}:{secs:02}") } else { format!("{hours}:{minutes:02}:{secs:02}") }
}

/// The day on somebody's clock.
pub(crate) fn day(at: Timestamp, tz: &TimeZone) -> String {
    at.to_zoned(tz.clone()).strftime("%Y-%m-%d").to_string()
}

/// The time of day, to the second or the millisecond.
pub(crate) fn time(at: Timestamp, tz: &TimeZone, with_ms: bool) -> String {
    let format = if with_ms { "%H:%M:%S%.3f" } else { "%H:%M:%S" };
    at.to_zoned(tz.clone()).strftime(format).to_string()
}

/// Day and minute.
pub(crate) fn minute(at: Timestamp, tz: &TimeZone) -> String {
    at.to_zoned(tz.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What a zone is names.
pub(crate) fn zone(tz: &TimeZone) -> &str {
    tz.iana_name().unwrap_or("local time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_on_a_clock() {
        assert_eq!([0, 42_999, 3_723_000].map(offset), ["+0:00", "+0:42", "+1:02:03"]);
        assert_eq!([350, 42_000, 200_000, 90_000_000].map(lasted), ["350 ms", "42 s", "3:20", "25:00:00"]);
    }

    #[test]
    fn what_lasts_ends_when_the_clock_says() {
        let at = "2026-11-02T10:00:00.900Z".parse().unwrap();
        assert_eq!(
            [41_200, 41_099, 999, 1_000].map(|ms| lasted_since(at, ms)),
            ["42 s", "41 s", "999 ms", "1 s"]
        );
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let at = "2026-11-02T23:30:01.007Z".parse().unwrap();
        let tz = TimeZone::get("Europe/Stockholm").unwrap();
        assert_eq!((day(at, &tz), time(at, &tz, false)), ("2026-11-03".to_owned(), "00:30:01".to_owned()));
        assert_eq!(time(at, &TimeZone::UTC, true), "23:30:01.007");
        assert_eq!(minute(at, &tz), "2026-11-03 00:30");
    }
}
