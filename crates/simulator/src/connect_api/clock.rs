//! The time that it is in the centre.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the time that it is in the invented centre; its copies tell the same.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    /// Milliseconds since 1970.
    Stopped(Arc<AtomicI64>),
    /// It was that time then, and goes so many times as fast as real time.
    Running(Timestamp, Instant, f64),
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is set, for tests.
    pub fn stopped(at: Timestamp) -> Self {
        Self(Source::Stopped(Arc::new(AtomicI64::new(at.as_millisecond()))))
    }

    /// A clock that tells that time now, and goes so many times as fast as real time.
    pub fn running(at: Timestamp, factor: f64) -> Self {
        Self(Source::Running(at, Instant::now(), factor))
    }

    /// The time, to the millisecond.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            // Nothing but the milliseconds of a timestamp was ever stored.
            Source::Stopped(at) => {
                Timestamp::from_millisecond(at.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
            }
            Source::Running(from, since, factor) => {
                let passed = Duration::try_from_secs_f64(since.elapsed().as_secs_f64() * factor);
                passed.ok().and_then(|passed| from.checked_add(passed).ok()).unwrap_or(*from)
            }
        }
    }

    /// Sets a stopped clock, forward or back. No other can be set.
    pub fn set(&self, at: Timestamp) {
        if let Source::Stopped(stopped) = &self.0 {
            stopped.store(at.as_millisecond(), Ordering::SeqCst);
        }
    }
}
