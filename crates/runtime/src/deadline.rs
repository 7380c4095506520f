//! How long an invocation may still work.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// No invocation takes longer.
const LONGEST: Duration = Duration::from_mins(15);

/// When to stop waiting for others, so that the response still leaves in time: the invocation's end less
/// a tenth of what remains, at least a quarter of a second and at most two.
///
/// `end_epoch_ms` is Lambda's `Lambda-Runtime-Deadline-Ms`, milliseconds since 1970. `cargo lambda watch` writes how
/// many milliseconds the invocation may take in its place, which would be a moment of long ago.
pub fn with_margin(end_epoch_ms: u64) -> Instant {
    let now_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let end = Duration::from_millis(end_epoch_ms);
    let left = if end <= LONGEST { end } else { end.saturating_sub(now_epoch) };
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
        assert!(with_margin(1_000_000_000_000) <= Instant::now());
    }

    #[test]
    fn cargo_lambda_tells_how_long_and_not_until_when() {
        let left = with_margin(600_000) - Instant::now();
        assert!(left > Duration::from_mins(9) && left < Duration::from_mins(10), "{left:?}");
    }
}
