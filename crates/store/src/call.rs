//! The time and the deadline of one call.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The clock of one call, and its deadline.
#[derive(Debug, Clone, Copy)]
pub struct CallContext {
    /// The time at the start of the call: an item that has expired by then is not read.
    pub now: Timestamp,
    /// The caller waits until then.
    pub deadline: Instant,
    /// The start of the call, from which its clock runs.
    pub started: Instant,
}

impl CallContext {
    /// A call that starts now, `now` being the time.
    pub fn new(now: Timestamp, deadline: Instant) -> Self {
        Self { now, deadline, started: Instant::now() }
    }

    /// The present time in whole milliseconds.
    pub fn clock(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::MAX);
        let now = self.now.saturating_add(passed).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_runs_from_the_start_in_whole_milliseconds() {
        let call = CallContext::new("2026-11-02T08:00:00.0009Z".parse().unwrap(), Instant::now());
        assert_eq!(call.clock().to_string(), "2026-11-02T08:00:00Z");
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert_eq!(call.clock().to_string(), "2026-11-02T08:00:01.5Z");
        assert_eq!(call.now.to_string(), "2026-11-02T08:00:00.0009Z");
    }
}
