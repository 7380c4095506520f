//! The deadline of calls that are made under a lease.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use switchboard_store::call::CallContext;
use tokio::time::Instant;

use super::{Feed, LEASE_SAFETY_MARGIN, LEASE_TTL, lease::LeaseAttempt, record::FeedState};

/// How often the snapshot lease is renewed while a snapshot runs.
const RENEWED_EVERY: Duration = Duration::from_secs(5);

/// The deadline of the last call: early enough for its acknowledgement to be stored before the lease expires.
#[derive(Debug)]
pub(super) struct CallDeadline {
    /// The deadline of the invocation, less the time to store acknowledgements.
    own: Instant,
    lease: Mutex<Instant>,
}

impl CallDeadline {
    /// The deadline under a lease that is acquired now.
    pub(super) fn new(context: CallContext) -> Self {
        let left = context.deadline.saturating_duration_since(Instant::now());
        let own =
            context.deadline.checked_sub((left / 4).min(Duration::from_secs(1))).unwrap_or(context.deadline);
        Self { own, lease: Mutex::new(end(Instant::now())) }
    }

    /// When a call that begins now must be over.
    pub(super) fn get(&self) -> Instant {
        self.own.min(*self.lease.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Moves the deadline: the lease was renewed at this time.
    fn extend(&self, from: Instant) {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = end(from);
    }
}

/// When the last call must be over under a lease that was acquired at this time.
fn end(from: Instant) -> Instant {
    from + Duration::try_from(LEASE_TTL).unwrap_or_default().saturating_sub(LEASE_SAFETY_MARGIN)
}

impl Feed {
    /// Renews the snapshot lease for as long as this is polled; returns when another process holds it. A failed renewal is
    /// retried: calls end anyway before the lease expires.
    pub(super) async fn renew_lease(
        &self,
        attempt: &LeaseAttempt,
        call_deadline: &CallDeadline,
        context: CallContext,
    ) {
        loop {
            tokio::time::sleep(RENEWED_EVERY).await;
            let (from, now) = (Instant::now(), context.clock());
            let until = now.saturating_add(LEASE_TTL).unwrap_or(now);
            let renew = |feed_state: &mut FeedState| attempt.renew(&mut feed_state.lease, until);
            match self.store.update_feed_state(context.deadline, renew).await {
                Ok(true) => call_deadline.extend(from),
                Ok(false) => return,
                Err(error) => {
                    let error = error.to_string();
                    tracing::warn!(
                        event = "snapshot_lease_renewal_failed",
                        error,
                        "snapshot lease not renewed"
                    );
                }
            }
        }
    }
}
