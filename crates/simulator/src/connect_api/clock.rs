//! The time that it is in the centre.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

/// Tells the time that it is in the invented centre; its copies tell the same.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970; the system's time where there is none.
    stopped_at: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is set, for tests.
    pub fn stopped(at: Timestamp) -> Self {
        Self { stopped_at: Some(Arc::new(AtomicI64::new(at.as_millisecond()))) }
    }

    /// The time, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let Some(at) = &self.stopped_at else { return Timestamp::now() };
        // Nothing but the milliseconds of a timestamp was ever stored.
        Timestamp::from_millisecond(at.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Sets a stopped clock, forward or back. The system's can't be set.
    pub fn set(&self, at: Timestamp) {
        if let Some(stopped) = &self.stopped_at {
            stopped.store(at.as_millisecond(), Ordering::SeqCst);
        }
    }
}
