//! Until when calls may go on under a right to send.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{CLAIM, CLAIM_MARGIN, Feed, When, claim::Attempt};
use crate::agents::Gate;

/// How often a right that is needed for longer is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(5);

/// When the last call must be over: early enough for what was acknowledged to be kept.
#[derive(Debug)]
pub(super) struct Lease {
    /// For the sake of whoever waits for the whole.
    own: Instant,
    claim: Mutex<Instant>,
}

impl Lease {
    /// Of a right that is taken now.
    pub(super) fn new(when: When) -> Self {
        let left = when.deadline.saturating_duration_since(Instant::now());
        let own = when.deadline.checked_sub((left / 4).min(Duration::from_secs(1))).unwrap_or(when.deadline);
        Self { own, claim: Mutex::new(end(Instant::now())) }
    }

    /// When a call that begins now must be over.
    pub(super) fn deadline(&self) -> Instant {
        self.own.min(*self.claim.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on from then.
    fn extend(&self, from: Instant) {
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = end(from);
    }
}

/// When the last call must be over under a right that was taken then.
fn end(from: Instant) -> Instant {
    from + Duration::try_from(CLAIM).unwrap_or_default().saturating_sub(CLAIM_MARGIN)
}

impl Feed {
    /// Renews the right to send a snapshot for as long as this is polled; returns when somebody else has it. While the store
    /// fails it is tried again: calls end by themselves when the right is over.
    pub(super) async fn renew_claim(&self, attempt: &Attempt, lease: &Lease, when: When) {
        loop {
            tokio::time::sleep(RENEWED_EVERY).await;
            let (from, now) = (Instant::now(), when.clock());
            let until = now.saturating_add(CLAIM).unwrap_or(now);
            let renew = |gate: &mut Gate| attempt.renew(&mut gate.claim, until);
            match self.store.update_gate(when.deadline, renew).await {
                Ok(true) => lease.extend(from),
                Ok(false) => return,
                Err(error) => {
                    let reason = error.to_string();
                    tracing::warn!(reason, "the right to send a snapshot could not be renewed");
                }
            }
        }
    }
}
