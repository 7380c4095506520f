//! How long an invocation may still work.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// When to stop waiting for others, so that the answer still leaves in time: the invocation's end less
/// a tenth of what remains, at least a quarter of a second and at most two.
///
/// `end_epoch_ms` is Lambda's `Lambda-Runtime-Deadline-Ms`, milliseconds since 1970.
pub fn with_margin(end_epoch_ms: u64) -> Instant {
    let now_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_millis(end_epoch_ms).saturating_sub(now_epoch);
    Instant::now() + left.saturating_sub(margin(left))
}

fn margin(left: Duration) -> Duration {
    (left / 10).clamp(Duration::from_millis(250), Duration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_grows_with_the_time_left_up_to_two_seconds() {
        assert_eq!(margin(Duration::from_secs(1)), Duration::from_millis(250));
        assert_eq!(margin(Duration::from_secs(10)), Duration::from_secs(1));
        assert_eq!(margin(Duration::from_mins(15)), Duration::from_secs(2));
    }

    #[test]
    fn an_invocation_already_over_leaves_nothing() {
        assert!(with_margin(0) <= Instant::now());
    }
}
