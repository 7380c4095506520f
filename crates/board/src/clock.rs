//! The time of a board: the real one, or that of an invented centre.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The time of a board. Clones are one clock.
#[derive(Debug, Clone)]
pub struct Clock(Option<Arc<Mutex<InventedTime>>>);

/// The time of an invented centre.
#[derive(Debug, Clone, Copy)]
struct InventedTime {
    at: Timestamp,
    read: Instant,
    phase: ClockPhase,
}

/// What an invented centre's time does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockPhase {
    /// It goes on, so many times as fast as real time.
    Running {
        /// 1 is real time.
        speed: f64,
    },
    /// What has happened so far is told; until it is told up to that moment.
    CatchingUp {
        /// The moment.
        to: Timestamp,
    },
    /// It stands still.
    Stopped,
}

impl Clock {
    /// The real time.
    pub fn real() -> Self {
        Self(None)
    }

    /// The time of an invented centre, at that moment.
    pub fn invented(at: Timestamp, phase: ClockPhase) -> Self {
        Self(Some(Arc::new(Mutex::new(InventedTime { at, read: Instant::now(), phase }))))
    }

    /// Sets the time of an invented centre; the real time is nobody's to set.
    pub fn set(&self, at: Timestamp, phase: ClockPhase) {
        if let Some(time) = &self.0 {
            *time.lock().unwrap_or_else(PoisonError::into_inner) =
                InventedTime { at, read: Instant::now(), phase };
        }
    }

    /// The time, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        let now = match self.invented_time() {
            None => Timestamp::now(),
            Some(InventedTime { at, read, phase: ClockPhase::Running { speed } }) => {
                let passed = SignedDuration::try_from_secs_f64(read.elapsed().as_secs_f64() * speed);
                at.saturating_add(passed.unwrap_or(SignedDuration::MAX)).unwrap_or(Timestamp::MAX)
            }
            Some(InventedTime { at, .. }) => at,
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// What the time does; real time runs.
    pub fn phase(&self) -> ClockPhase {
        self.invented_time().map_or(ClockPhase::Running { speed: 1.0 }, |time| time.phase)
    }

    /// How many times as fast as real time it goes: 0 while it stands still or catches up.
    pub fn speed(&self) -> f64 {
        match self.phase() {
            ClockPhase::Running { speed } => speed,
            ClockPhase::CatchingUp { .. } | ClockPhase::Stopped => 0.0,
        }
    }

    fn invented_time(&self) -> Option<InventedTime> {
        self.0.as_ref().map(|time| *time.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_invented_time_runs_at_its_speed_or_stands() {
        let at: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let clock = Clock::invented(at, ClockPhase::CatchingUp { to: at });
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!((clock.now(), clock.speed()), (at, 0.0));
        clock.set(at, ClockPhase::Running { speed: 60.0 });
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.clone().now().to_string(), "2026-11-02T08:10:00Z");
        clock.set(clock.now(), ClockPhase::Stopped);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(clock.now().to_string(), "2026-11-02T08:10:00Z");
    }
}
