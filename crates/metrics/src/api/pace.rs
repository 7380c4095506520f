//! How fast the API is asked.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use aws_sdk_connect::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use leaky_bucket::RateLimiter;

/// A token bucket that every attempt of every request draws on, and what was drawn.
///
/// The SDK repeats a throttled request by itself. Those attempts are noticed here and paid for before the next
/// request, so that the more the API throttles, the slower it is asked.
#[derive(Debug)]
pub(super) struct Pace {
    bucket: RateLimiter,
    unpaid: AtomicI64,
    attempts: AtomicU64,
    pages: AtomicU64,
    questions: AtomicU64,
}

/// What was sent so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Questions: requests without a page token.
    pub questions: u64,
    /// Requests, those for further pages included.
    pub requests: u64,
    /// Requests as they went over the network: repeats after throttling or a failure included.
    pub attempts: u64,
}

impl Counts {
    /// What both were.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            questions: self.questions + other.questions,
            requests: self.requests + other.requests,
            attempts: self.attempts + other.attempts,
        }
    }

    /// What was sent since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            questions: self.questions.saturating_sub(earlier.questions),
            requests: self.requests.saturating_sub(earlier.requests),
            attempts: self.attempts.saturating_sub(earlier.attempts),
        }
    }
}

impl Pace {
    /// So many requests a second in the long run, and so many at once after a rest; rounded down, but one.
    pub(super) fn new(per_second: f64, at_once: f64) -> Self {
        let burst = whole(at_once);
        // The bucket's clock ticks in milliseconds, so high rates come several at a time.
        let refill = whole(per_second / 100.0);
        let interval = Duration::from_secs(1).mul_f64(f64::from(refill) / per_second);
        let bucket = RateLimiter::builder()
            .initial(usize::from(burst))
            .max(usize::from(burst))
            .refill(usize::from(refill))
            .interval(interval)
            .build();
        Self {
            bucket,
            unpaid: AtomicI64::new(0),
            attempts: AtomicU64::new(0),
            pages: AtomicU64::new(0),
            questions: AtomicU64::new(0),
        }
    }

    /// Waits until a request may be sent.
    pub(super) async fn take(&self, first_page: bool) {
        let owed = usize::try_from(self.unpaid.swap(0, Ordering::Relaxed)).unwrap_or(0);
        self.bucket.acquire(owed.saturating_add(1)).await;
        // The attempt that now follows is paid.
        self.unpaid.fetch_sub(1, Ordering::Relaxed);
        self.pages.fetch_add(1, Ordering::Relaxed);
        if first_page {
            self.questions.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            questions: self.questions.load(Ordering::Relaxed),
            requests: self.pages.load(Ordering::Relaxed),
            attempts: self.attempts.load(Ordering::Relaxed),
        }
    }

    fn attempted(&self) {
        self.unpaid.fetch_add(1, Ordering::Relaxed);
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }
}

/// A number rounded down, but to one at least. Rates and bursts are far below the most that there is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the bounds")]
fn whole(number: f64) -> u16 {
    number.clamp(1.0, f64::from(u16::MAX)) as u16
}

/// Tells [`Pace`] of each attempt the SDK makes.
#[derive(Debug)]
pub(super) struct Attempts(pub(super) std::sync::Arc<Pace>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.attempted();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_burst_requests_are_spread() {
        let pace = Pace::new(2.0, 4.0);
        let begun = Instant::now();
        for _ in 0..4 {
            pace.take(true).await;
            pace.attempted();
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "four at once");
        for _ in 0..6 {
            pace.take(false).await;
            pace.attempted();
        }
        let took = begun.elapsed();
        assert!((Duration::from_millis(2900)..=Duration::from_millis(3100)).contains(&took), "{took:?}");
        assert_eq!(pace.counts(), Counts { questions: 4, requests: 10, attempts: 10 });
    }

    #[tokio::test(start_paused = true)]
    async fn any_rate_will_do() {
        for rate in [0.01, 0.5, 1.8, 3.0, 99.9, 100.0, 101.0, 250.0] {
            let pace = Pace::new(rate, rate * 1.6);
            pace.take(true).await;
        }
        for (rate, requests) in [(1.8, 18), (4.5, 45), (250.0, 2500)] {
            // A bucket must hold what comes at once.
            let pace = Pace::new(rate, rate / 100.0);
            let begun = Instant::now();
            for _ in 0..requests {
                pace.take(true).await;
                pace.attempted();
            }
            let took = begun.elapsed();
            assert!(
                (Duration::from_millis(9300)..=Duration::from_millis(10_200)).contains(&took),
                "{rate}: {took:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn repeated_attempts_are_paid_before_the_next_request() {
        let pace = Pace::new(2.0, 4.0);
        let begun = Instant::now();
        pace.take(true).await;
        for _ in 0..9 {
            pace.attempted();
        }
        pace.take(true).await;
        // Ten attempts at two a second, of which four were free.
        let took = begun.elapsed();
        assert!((Duration::from_millis(2900)..=Duration::from_millis(3100)).contains(&took), "{took:?}");
    }
}
