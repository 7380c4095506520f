//! Moments of contact records.

use jiff::Timestamp;

/// A moment from seconds since 1970; 1970 itself where jiff's calendar ends.
pub(crate) fn stamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}
