//! Times and lengths of time as a page has them.

use jiff::{Timestamp, tz::TimeZone};

/// A moment that a page counts from: how long it is ago, for a browser that counts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elapsed {
    /// RFC 3339, for the browser.
    pub(super) datetime: String,
    /// Such as `3:20`.
    pub(super) text: String,
}

/// How long ago that was.
pub(super) fn elapsed(since: Timestamp, now: Timestamp) -> Elapsed {
    Elapsed { datetime: format!("{since:.3}"), text: length(now.as_millisecond() - since.as_millisecond()) }
}

/// In what time that is.
pub(super) fn remaining(until: Timestamp, now: Timestamp) -> Elapsed {
    Elapsed { datetime: format!("{until:.3}"), text: length(until.as_millisecond() - now.as_millisecond()) }
}

/// A length of time: `0:07`, `3:20`, `1:02:03`; one that is below nothing is none.
pub(super) fn length(ms: i64) -> String {
    let secs = ms.max(0) / 1000;
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours == 0 { format!("{minutes}:{secs:02}") } else { format!("{hours}:{minutes:02}:{secs:02}") }
}

/// The time of day on the board's clock.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// The time of day on the board's clock, without its seconds.
pub(super) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// Day and time on the board's clock.
pub(super) fn day_and_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_on_a_clock() {
        assert_eq!([-5_000, 42_999, 200_000, 3_723_000].map(length), ["0:00", "0:42", "3:20", "1:02:03"]);
    }
}
