//! The rate limiter of requests to the API.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use aws_sdk_connect::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use leaky_bucket::RateLimiter as TokenBucket;

/// A token bucket that every attempt of every request draws on, with counters.
///
/// The SDK retries throttled requests itself. Those attempts become debt, which is paid before the next request: the more
/// the API throttles, the lower the rate.
#[derive(Debug)]
pub(super) struct RateLimiter {
    bucket: TokenBucket,
    debt: AtomicI64,
    attempts: AtomicU64,
    pages: AtomicU64,
    queries: AtomicU64,
}

/// The numbers of requests sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestCounts {
    /// Queries: requests without a page token.
    pub queries: u64,
    /// Requests, those for further pages included.
    pub requests: u64,
    /// Requests as they went over the network: repeats after throttling or a failure included.
    pub attempts: u64,
}

impl RequestCounts {
    /// The sum of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            queries: self.queries + other.queries,
            requests: self.requests + other.requests,
            attempts: self.attempts + other.attempts,
        }
    }

    /// The difference to `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            queries: self.queries.saturating_sub(earlier.queries),
            requests: self.requests.saturating_sub(earlier.requests),
            attempts: self.attempts.saturating_sub(earlier.attempts),
        }
    }
}

impl RateLimiter {
    /// A limiter with a sustained rate per second and a burst after idle time, rounded down, but at least one.
    pub(super) fn new(per_second: f64, burst: f64) -> Self {
        let burst = whole(burst);
        // The bucket's clock ticks in milliseconds, so high rates come several at a time.
        let refill = whole(per_second / 100.0);
        let interval = Duration::from_secs(1).mul_f64(f64::from(refill) / per_second);
        let bucket = TokenBucket::builder()
            .initial(usize::from(burst))
            .max(usize::from(burst))
            .refill(usize::from(refill))
            .interval(interval)
            .build();
        Self {
            bucket,
            debt: AtomicI64::new(0),
            attempts: AtomicU64::new(0),
            pages: AtomicU64::new(0),
            queries: AtomicU64::new(0),
        }
    }

    /// Waits until a request may be sent.
    pub(super) async fn acquire(&self, first_page: bool) {
        let debt = usize::try_from(self.debt.swap(0, Ordering::Relaxed)).unwrap_or(0);
        self.bucket.acquire(debt.saturating_add(1)).await;
        // The attempt that now follows is paid.
        self.debt.fetch_sub(1, Ordering::Relaxed);
        self.pages.fetch_add(1, Ordering::Relaxed);
        if first_page {
            self.queries.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn counts(&self) -> RequestCounts {
        RequestCounts {
            queries: self.queries.load(Ordering::Relaxed),
            requests: self.pages.load(Ordering::Relaxed),
            attempts: self.attempts.load(Ordering::Relaxed),
        }
    }

    fn attempted(&self) {
        self.debt.fetch_add(1, Ordering::Relaxed);
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }
}

/// A number rounded down, but to one at least. Rates and bursts are far below the most that there is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the bounds")]
fn whole(number: f64) -> u16 {
    number.clamp(1.0, f64::from(u16::MAX)) as u16
}

/// Counts each attempt of the SDK in the [`RateLimiter`].
#[derive(Debug)]
pub(super) struct Attempts(pub(super) std::sync::Arc<RateLimiter>);

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
        let limiter = RateLimiter::new(2.0, 4.0);
        let begun = Instant::now();
        for _ in 0..4 {
            limiter.acquire(true).await;
            limiter.attempted();
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "four at once");
        for _ in 0..6 {
            limiter.acquire(false).await;
            limiter.attempted();
        }
        let took = begun.elapsed();
        assert!((Duration::from_millis(2900)..=Duration::from_millis(3100)).contains(&took), "{took:?}");
        assert_eq!(limiter.counts(), RequestCounts { queries: 4, requests: 10, attempts: 10 });
    }

    #[tokio::test(start_paused = true)]
    async fn any_rate_will_do() {
        for rate in [0.01, 0.5, 1.8, 3.0, 99.9, 100.0, 101.0, 250.0] {
            let limiter = RateLimiter::new(rate, rate * 1.6);
            limiter.acquire(true).await;
        }
        for (rate, requests) in [(1.8, 18), (4.5, 45), (250.0, 2500)] {
            // A bucket must hold what comes at once.
            let limiter = RateLimiter::new(rate, rate / 100.0);
            let begun = Instant::now();
            for _ in 0..requests {
                limiter.acquire(true).await;
                limiter.attempted();
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
        let limiter = RateLimiter::new(2.0, 4.0);
        let begun = Instant::now();
        limiter.acquire(true).await;
        for _ in 0..9 {
            limiter.attempted();
        }
        limiter.acquire(true).await;
        // Ten attempts at two a second, of which four were free.
        let took = begun.elapsed();
        assert!((Duration::from_millis(2900)..=Duration::from_millis(3100)).contains(&took), "{took:?}");
    }
}
