//! How much a look-up may take.

use std::time::Duration;

use backon::ExponentialBuilder;

/// What a look-up may cost, in time, connections and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one request may take, from connecting to the last byte. A try that takes longer counts
    /// as failed and is repeated.
    pub request_timeout: Duration,
    /// Requests under way at once in one look-up; at least one, whatever is written here.
    pub concurrency: usize,
    /// How long a response is cached. Zero caches nothing.
    pub cache_ttl: Duration,
    /// Answers kept, known and unknown together; the least recently used goes first. Zero keeps none.
    pub cache_entries: usize,
}

impl Default for Limits {
    /// 2 s a request, 64 at once, 10,000 responses kept for 5 minutes.
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(2),
            concurrency: 64,
            cache_ttl: Duration::from_mins(5),
            cache_entries: 10_000,
        }
    }
}

/// How often one question is asked before it counts as failed, the first time included.
pub(crate) const MAX_TRIES: usize = 3;

/// The wait before the first repetition; each further one doubles it, and jitter at most doubles that.
pub(crate) const FIRST_DELAY: Duration = Duration::from_millis(50);

/// The longest wait between two tries, before jitter.
pub(crate) const MAX_DELAY: Duration = Duration::from_secs(1);

/// The waits between tries, growing, with jitter.
pub(crate) const fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_DELAY)
        .with_max_delay(MAX_DELAY)
        .with_max_times(MAX_TRIES - 1)
        .with_jitter()
}
