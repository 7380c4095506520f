//! A time that was really set.

use jiff::{SignedDuration, Timestamp};

use crate::json::Raw;

/// 1971-01-01T00:00:00Z in seconds since 1970.
const FIRST_SECOND: i64 = 31_536_000;

/// The instant that a field states, an ISO 8601 text with a zone or an offset.
///
/// [`None`] where it states none, and before 1971: Connect publishes times that are not set as
/// `1970-01-01T00:00:00.001Z`.
pub fn instant(raw: Raw<'_>) -> Option<Timestamp> {
    instant_of_text(&raw.text()?)
}

/// The instant that a text states, as a cell of a report does; [`None`] as for [`instant`].
pub fn instant_of_text(text: &str) -> Option<Timestamp> {
    let instant: Timestamp = text.parse().ok()?;
    (instant.as_second() >= FIRST_SECOND).then_some(instant)
}

/// The instant that a field states in whole milliseconds since 1970; [`None`] as for [`instant`].
pub fn instant_of_millis(raw: Raw<'_>) -> Option<Timestamp> {
    let instant = Timestamp::from_millisecond(raw.integer()?).ok()?;
    (instant.as_second() >= FIRST_SECOND).then_some(instant)
}

/// How far a time may be ahead of now: clocks of two machines differ, not by more than this.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The clock rule: a time more than [`MAX_AHEAD`] ahead of `now` is no time. A record that states one decides nothing, neither
/// about its own subject nor about others.
pub fn is_ahead(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > MAX_AHEAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_clock_may_be_some_minutes_fast_and_no_more() {
        let now: Timestamp = "2026-11-02T07:00:00Z".parse().unwrap();
        let at = |text: &str| is_ahead(text.parse().unwrap(), now);
        assert!(!at("2026-11-02T07:05:00Z") && !at("1971-01-01T00:00:00Z"));
        assert!(at("2026-11-02T07:05:00.001Z") && at("9999-12-30T22:00:00.999Z"));
    }

    fn read(value: &str, reader: fn(Raw<'_>) -> Option<Timestamp>) -> Option<String> {
        let mut found = None;
        json::members(&format!(r#"{{"t":{value}}}"#), |member| found = reader(member.value)).unwrap();
        found.map(|instant| instant.to_string())
    }

    #[test]
    fn a_time_not_set_is_absent() {
        for time in [
            r#""1970-01-01T00:00:00.001Z""#,
            r#""1970-12-31T23:59:59.999Z""#,
            "null",
            "1700000000000",
            r#""""#,
            // The flow logs of 2017: the hour, the second, no minute.
            r#""2017-11-09T12:17.898Z""#,
            r#""2024-05-01T10:00:00""#,
        ] {
            assert_eq!(read(time, instant), None, "{time}");
        }
        assert_eq!(
            read(r#""2018-10-25T18:55:27.027Z""#, instant).as_deref(),
            Some("2018-10-25T18:55:27.027Z")
        );
        assert_eq!(read(r#""2024-05-01T10:00:00+10:00""#, instant).as_deref(), Some("2024-05-01T00:00:00Z"));
    }

    #[test]
    fn milliseconds_are_whole_numbers_after_1970() {
        assert_eq!(read("1672953842001", instant_of_millis).as_deref(), Some("2023-01-05T21:24:02.001Z"));
        for millis in ["0", "-1", "1.5", "99999999999999999999", r#""1672953842001""#, "null"] {
            assert_eq!(read(millis, instant_of_millis), None, "{millis}");
        }
    }
}
