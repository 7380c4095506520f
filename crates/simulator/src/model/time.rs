//! Milliseconds, and the whole seconds that Connect's records count in.

/// A moment, in milliseconds since 1970, or a length, in milliseconds.
pub type Millis = i64;

/// A second.
pub const SECOND: Millis = 1000;
/// A minute.
pub const MINUTE: Millis = 60 * SECOND;
/// An hour.
pub const HOUR: Millis = 60 * MINUTE;
/// A day without a change of the clock.
pub const DAY: Millis = 24 * HOUR;

/// The seconds between two moments as contact records have them: each moment loses its fraction first, so that the durations
/// of a record are the differences of its timestamps.
pub fn whole_seconds(from: Millis, to: Millis) -> i64 {
    to.div_euclid(SECOND) - from.div_euclid(SECOND)
}
