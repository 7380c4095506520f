//! The grid of time on which history is counted.

/// The finest intervals of history, in seconds.
pub(crate) const BUCKET_SECS: i64 = 300;

/// The hour of the day, UTC.
pub(crate) fn hour(at: i64) -> i64 {
    at.div_euclid(3600).rem_euclid(24)
}
