//! The pace of reading a shard. Pure.

use std::time::Duration;

/// How often a shard is read that was read to its newest record.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// Reads of a shard in a second at most: one that is read faster is throttled for a while. Others may be reading
/// it too, so this is one read less than the five that are allowed.
const READS_PER_SECOND: u32 = 4;

/// Bytes that a shard gives in a second.
const BYTES_PER_SECOND: u32 = 2 * 1024 * 1024;

/// How long after the beginning of a read that gave so many bytes the next one may begin. One that
/// `is_lagging` is read as fast as the shard allows.
pub(super) fn until_next(bytes: usize, is_lagging: bool) -> Duration {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    let allowed = Duration::from_secs(1) / READS_PER_SECOND;
    let allowed = allowed.max(Duration::from_secs(1).mul_f64(f64::from(bytes) / f64::from(BYTES_PER_SECOND)));
    if is_lagging { allowed } else { allowed.max(EVERY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_a_shard_are_kept() {
        assert_eq!(until_next(0, true), Duration::from_millis(250));
        assert_eq!(until_next(0, false), EVERY);
        assert_eq!(until_next(6 * 1024 * 1024, true), Duration::from_secs(3));
        assert_eq!(until_next(20 * 1024 * 1024, false), Duration::from_secs(10));
        assert!(until_next(usize::MAX, true) > Duration::from_mins(10));
    }
}
