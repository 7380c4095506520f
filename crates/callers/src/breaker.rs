//! A circuit breaker for a directory that fails.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many failures in a row open the circuit. A number costs three tries at most, so
/// one number alone never comes to this.
const FAILURES_IN_A_ROW: u32 = 5;

/// How long the circuit stays open.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest pause that a directory may demand by `Retry-After`.
const MAX_PAUSE: Duration = Duration::from_mins(5);

/// A circuit breaker: a directory that is down costs a batch one time-out, not one for each caller.
///
/// Open means that no request is sent. After the pause one more failure opens it again, and a success closes it.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// True if no request may be sent at this time.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.state().open_until.is_some_and(|until| now < until)
    }

    /// The directory responded.
    pub(crate) fn succeed(&self) {
        *self.state() = State::default();
    }

    /// It did not, or not with a response.
    pub(crate) fn fail(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_IN_A_ROW {
            state.open_until = state.open_until.max(now.checked_add(PAUSE));
        }
    }

    /// It said itself how long not to ask it.
    pub(crate) fn pause(&self, now: Instant, pause: Duration) {
        let mut state = self.state();
        state.open_until = state.open_until.max(now.checked_add(pause.min(MAX_PAUSE)));
    }

    /// The state is whole after every change, so a panic elsewhere is no reason not to use it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_failures_in_a_row_open_it_for_a_while_and_then_one_does() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..4 {
            breaker.fail(now);
        }
        assert!(!breaker.is_open(now));
        breaker.succeed();
        for _ in 0..4 {
            breaker.fail(now);
        }
        assert!(!breaker.is_open(now), "a success began the count anew");
        breaker.fail(now);
        assert!(breaker.is_open(now) && breaker.is_open(now + Duration::from_millis(9_999)));
        assert!(!breaker.is_open(now + PAUSE));
        breaker.fail(now + PAUSE);
        assert!(breaker.is_open(now + PAUSE));
        breaker.succeed();
        assert!(!breaker.is_open(now + PAUSE));
    }

    #[test]
    fn a_pause_that_it_asks_for_is_heard_within_reason() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        breaker.pause(now, Duration::from_secs(30));
        breaker.pause(now, Duration::from_secs(1));
        assert!(breaker.is_open(now + Duration::from_millis(29_999)));
        assert!(!breaker.is_open(now + Duration::from_secs(30)));
        breaker.pause(now, Duration::MAX);
        assert!(!breaker.is_open(now + MAX_PAUSE));
    }
}
