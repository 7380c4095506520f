//! Agents' changes to a WFM's real-time adherence service: each once, the newest last, whoever sends.
//!
//! Many may feed one service from one [`Store`] at once: a stream has shards, and after a reshard an agent's older events
//! may still be on their way through one process while another has the newer ones. The service goes by what comes last,
//! so what is sent of one agent must not overtake, and what is acknowledged must not be sent again.
//!
//! # A batch of events
//!
//! 1. Each agent's events are [merged](crate::agent_state::Agent::merge) into what is kept. If what the WFM is to be
//!    shown differs from what it acknowledged last, the same write takes the sole right to send it (a
//!    [`Lease`](crate::agents::Lease)) and forgets what was acknowledged: from here on nobody knows what the service has.
//! 2. The states are sent, [`STATES_PER_CALL`] at a time.
//! 3. What the service acknowledged is kept, and the right given back; where the service failed, only the latter, so that
//!    the next attempt sends it whatever the state is by then.
//! 4. Where another process has the right, this one waits until it is given back or over, and looks again. Its events
//!    are done when the service has acknowledged a state that they are part of, and not before.
//!
//! A process that dies in step 2 or 3, or in a snapshot, keeps others from its agents for up to [`LEASE_TTL`]; a claim outlives
//! every call made under it. If it dies, or can't reach the store, between the service's acknowledgement and the end of step 3, the
//! state is sent once more: two systems can't be written in one step. But for that, no change is sent again that was
//! acknowledged. A call that was given up is over for the service too, as far as can be known from here: one that was
//! only delayed on its way, for longer than a claim, would still come last.
//!
//! # A snapshot
//!
//! The whole picture, with a closing call that logs off whoever was not in it. It takes the right to send in the
//! [`FeedState`](crate::agents::FeedState), renews it for as long as it takes, and waits for the rights to agents that others have:
//! whoever is about to send looks at the gate after taking the right to agents, so an agent who is heard of for the first
//! time is either in the snapshot or sent after it. Of an agent whose state was acknowledged nothing is written. The right to
//! the others is taken as in a batch. Agents who were [silent](crate::agent_state::has_timed_out) for too long are logged off in
//! it.
//!
//! # Shards that are behind
//!
//! A shard is behind while its newest event is more than [`CAUGHT_UP_LAG`] old: in the first run, which begins 24 hours back,
//! and later from when it is more than [`MAX_SHARD_LAG`](crate::agent_state::MAX_SHARD_LAG) old until it has caught up. Its events are
//! merged and not sent: the WFM is not shown a day in a minute. Others' are sent all the while. When the last one has
//! caught up, the batch that did it sends a snapshot, so that what was held back gets there.
//!
//! How far each shard was read is kept in the gate. While one is behind and gets on, no snapshot is sent: it would log
//! off whoever has yet to be heard of. One without a batch for five minutes is at its end before a quiet time, as far as
//! can be known from here. An agent's silence is measured on the shard that told of the agent last, however far others
//! are.
//!
//! # What the service refuses
//!
//! Where it refuses a call for what one of its states [may be](crate::rta::Failure::may_be_payload_error), two states of it
//! are sent alone, and then halves of the rest until that one is alone. It is given up if the service says that it is the
//! state and has accepted others' since it refused this agent first, or lately where it is the only one; or if it has
//! accepted others' since, and refuses this one for [`REJECTION_GRACE_PERIOD`]. A state that is given up holds up nobody, and
//! is sent again with its agent's next event; if that is refused too, it is given up at once. What was refused and when the
//! service accepted something last is kept in the store, so that every process decides alike.
//!
//! Where the service refuses everything nothing is given up: batches fail until they are behind. Where it refuses the
//! account, it is asked once for a batch, and of a key that it does not know it says so.

mod call_deadline;
mod lease;
mod names;
mod observe;
mod rejections;
mod send;
mod snapshot;
mod watermark;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use switchboard_store::error::StoreError;
use tokio::time::Instant;

use crate::{
    agent_state::{StateMode, Username},
    agents::Store,
    rta::{Client, Failure},
};

pub use crate::rta::STATES_PER_CALL;

/// How long the sole right to send an agent's state holds, and that to send a snapshot from when it was taken or renewed.
pub const LEASE_TTL: SignedDuration = SignedDuration::from_secs(20);
/// How old the newest event of a batch may be for its shard to have caught up: a heartbeat of 120 s, after which whoever
/// is at work is heard of again, and a minute for its way.
pub const CAUGHT_UP_LAG: SignedDuration = SignedDuration::from_secs(180);

/// For how long a state is sent again that the service refuses, if it may be for another reason.
pub const REJECTION_GRACE_PERIOD: SignedDuration = SignedDuration::from_secs(60);

/// What is left of a claim when its last call must be over: for clocks that differ, and to give it back.
const LEASE_SAFETY_MARGIN: Duration = Duration::from_secs(5);
/// Calls under way at once.
const CONCURRENT_CALLS: usize = 4;

/// A store, a service, and what it is shown.
#[derive(Debug)]
pub struct Feed {
    store: Store,
    client: RwLock<Arc<Client>>,
    states: StateMode,
    are_snapshots_paused: AtomicBool,
}

/// When something is done, and by when it must be.
#[derive(Debug, Clone, Copy)]
pub struct CallContext {
    now: Timestamp,
    started: Instant,
    /// When nobody waits any more.
    pub deadline: Instant,
}

/// Why an agent's state may not have reached the service, or a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service failed.
    #[error("the RTA service: {0}")]
    Service(#[from] Failure),
    /// Another process was sending all the time.
    #[error("another process was still sending")]
    LeasedElsewhere,
}

impl FeedError {
    /// True if the service refuses whatever comes from this account.
    fn is_account_error(&self) -> bool {
        matches!(self, Self::Service(failure) if failure.is_account_error())
    }
}

/// What became of a batch of events.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "the events of an agent that failed must come again"]
pub struct BatchOutcome {
    /// Agents whose events must come again, and why. All others' are done.
    pub failed: BTreeMap<Username, FeedError>,
    /// The same for events without a name, by ARN.
    pub failed_arns: BTreeMap<String, FeedError>,
    /// States that the service acknowledged.
    pub sent: usize,
    /// States that were given up, as the service refuses them.
    pub rejected: usize,
    /// True if the shard is behind: the events are kept, and shown when it has caught up.
    pub is_deferred: bool,
    /// True if the service does not know one of the agents or more.
    pub has_unknown_agents: bool,
    /// The snapshot that was due, if this batch brought it about.
    pub snapshot: Option<SnapshotOutcome>,
    /// Why it was not sent, if it was due and failed. The next batch tries again.
    pub snapshot_failure: Option<FeedError>,
}

/// A snapshot that the service took, or that was put off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotOutcome {
    /// The agents in it. With none known there is nothing to tell, and nothing is sent.
    pub agents: usize,
    /// Those of them whose state the service refused, and who are not in it therefore.
    pub rejected: usize,
    /// Those of them that were logged off for their silence, who were not before.
    pub timed_out: usize,
    /// True if the service does not know one of the agents or more.
    pub has_unknown_agents: bool,
    /// True if it was not sent: a shard has yet to catch up.
    pub is_deferred: bool,
}

impl CallContext {
    /// From now on, `now` being the time.
    pub fn new(now: Timestamp, deadline: Instant) -> Self {
        Self { now, started: Instant::now(), deadline }
    }

    /// The time by now in whole milliseconds, which every reader of a `batchId` takes.
    pub fn clock(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::MAX);
        let now = self.now.saturating_add(passed).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

impl Feed {
    /// From this store to this service.
    pub fn new(store: Store, client: impl Into<Arc<Client>>, states: StateMode) -> Self {
        let client = RwLock::new(client.into());
        Self { store, client, states, are_snapshots_paused: AtomicBool::new(false) }
    }

    /// Puts snapshots off, or lets them go again: while a shard can't be read, its agents would be taken for silent.
    pub fn pause_snapshots(&self, are_paused: bool) {
        self.are_snapshots_paused.store(are_paused, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
