//! Sends agents' state changes to a WFM's real-time adherence service: each change once, the newest last.
//!
//! Several processes may feed one service from one [`Store`]. A stream has shards, and after a reshard an agent's older
//! events may still be on their way through one process while another process has the newer ones. The service applies
//! calls in the order of their arrival, so the states of one agent must be sent in order, and a state that was
//! acknowledged must not be sent again.
//!
//! # A batch of events
//!
//! 1. Each agent's events are [merged](switchboard_agents::Agent::merge) into the agent's record. If the new state differs
//!    from the acknowledged one, the same write acquires the agent's [lease](Lease) and clears the
//!    acknowledged state, because the state that the service has is unknown from here on.
//! 2. The states are sent, [`STATES_PER_CALL`] in a call.
//! 3. The acknowledged states are stored and the leases released. Where the service failed, the leases alone are released:
//!    the next attempt sends the state as it is by then.
//! 4. Where another process holds the lease, this process waits until the lease is released or expires, and repeats step 1.
//!    Its events are done when the service has acknowledged a state that includes them, and not before.
//!
//! A process that dies in step 2 or 3, or in a snapshot, blocks its agents for up to [`LEASE_TTL`]; a lease outlives every
//! call that is made under it. If the process dies, or can't reach the store, between the acknowledgement and the end of
//! step 3, the state is sent once more: two systems can't be written in one step. In all other cases no acknowledged state
//! is resent. A call that timed out is taken for ended at the service; one that is delayed on its way for longer than a
//! lease would still be applied last.
//!
//! # A full snapshot
//!
//! A full snapshot has the states of all agents and a closing call that logs off every agent that was not in it. It
//! acquires the snapshot lease in the [`FeedState`], renews it while it runs, and waits for agent
//! leases that other processes hold. A process checks the snapshot lease after it has acquired agent leases, so a new agent
//! is either in the snapshot or sent after it. The record of an agent whose state was acknowledged is not written. The
//! leases of the others are acquired as in a batch. There is one feed state, and one snapshot, of all instances in a store, since
//! the closing call knows no instances. Of agents of several instances with one user name that are not
//! [joined](#joined-instances), one who is logged on is in the snapshot, and of several the one whose state began last.
//! Agents that [timed out](switchboard_agents::has_timed_out) are logged off in it.
//!
//! # Joined instances
//!
//! Agents of [joined instances](JoinedInstances) are one agent: a batch stores what it knows of an agent in each instance, and
//! then in the record of the agent's home in the same write that acquires the lease. So the protocol above holds for the
//! agent as a whole. The state that is sent, in a batch as in a snapshot, is that of the home's [record](Record::current).
//! A snapshot also brings the home what other instances knew before they were joined.
//!
//! # Lagging shards
//!
//! A shard is lagging while its newest event is older than [`CAUGHT_UP_LAG`]: in the first run, which begins 24 hours back,
//! and later from when it is older than [`MAX_SHARD_LAG`](switchboard_agents::MAX_SHARD_LAG) until it has caught up. Its
//! events are merged and their states deferred; the states of other shards are sent meanwhile. When the last lagging shard
//! has caught up, the batch that did it sends a full snapshot, which includes the deferred states.
//!
//! The feed state has a watermark for each shard. While a shard is lagging and receives batches, snapshots are deferred:
//! they would log off agents whose events are yet to be read. A shard without a batch for five minutes is taken for read
//! to its end. An agent's time-out is measured by the watermark of the shard that had the agent's newest event.
//!
//! # Rejected states
//!
//! Where the service rejects a call because one of its states [may be invalid](crate::rta::Failure::may_be_payload_error),
//! two of the states are sent singly, and then halves of the rest until the rejected state is alone. It is abandoned in
//! two cases: the service blames the state and has accepted other states since the agent's first rejection (or lately,
//! where this is the only one); or the service has accepted other states since, and has rejected this one for
//! [`REJECTION_GRACE_PERIOD`]. An abandoned state blocks nothing. The agent's next event sends a state again, which is
//! abandoned at its first rejection. Rejections and the time of the last accepted call are in the store, so that every
//! process decides alike.
//!
//! Where the service rejects everything, nothing is abandoned: batches fail until their shards lag. Where it rejects the
//! account, one call is made for a batch.

mod call_deadline;
mod joined;
mod lease;
mod observe;
mod record;
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

use jiff::SignedDuration;
use switchboard_agents::{AgentArn, AgentKey, JoinedInstances};
use switchboard_store::error::StoreError;

use crate::{
    agent_state::StateMode,
    rta::{Client, Failure},
};

pub use self::record::{DeliveryState, FeedState, Lease, Record, RejectedState, ShardWatermark, Store};
pub use crate::rta::STATES_PER_CALL;

/// How long a lease on an agent's state lasts, and that on a snapshot from when it was acquired or renewed.
pub const LEASE_TTL: SignedDuration = SignedDuration::from_secs(20);
/// How old the newest event of a batch may be for its shard to have caught up: a heartbeat of 120 s, after which whoever
/// is at work is heard of again, and a minute for its way.
pub const CAUGHT_UP_LAG: SignedDuration = SignedDuration::from_secs(180);

/// For how long a state is sent again that the service rejects, if it may be for another reason.
pub const REJECTION_GRACE_PERIOD: SignedDuration = SignedDuration::from_secs(60);

/// What is left of a lease when its last call must be over: for clocks that differ, and to release it.
const LEASE_SAFETY_MARGIN: Duration = Duration::from_secs(5);
/// Calls under way at once.
const CONCURRENT_CALLS: usize = 4;

/// The feed from a store to a service.
#[derive(Debug)]
pub struct Feed {
    store: Store,
    client: RwLock<Arc<Client>>,
    states: StateMode,
    joined: JoinedInstances,
    are_snapshots_paused: AtomicBool,
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
    /// Another process held the lease all the time.
    #[error("another process was still sending")]
    LeasedElsewhere,
}

impl FeedError {
    /// True if the service rejects whatever comes from this account.
    fn is_account_error(&self) -> bool {
        matches!(self, Self::Service(failure) if failure.is_account_error())
    }
}

/// The result of a batch of events.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "the events of an agent that failed must come again"]
pub struct BatchOutcome {
    /// Agents whose events must come again, and why. All others' are done.
    pub failed: BTreeMap<AgentKey, FeedError>,
    /// The same for events without a user name, by ARN.
    pub failed_arns: BTreeMap<AgentArn, FeedError>,
    /// States that the service acknowledged.
    pub sent: usize,
    /// States that were abandoned, as the service rejects them.
    pub rejected: usize,
    /// True if the shard lags: the events are stored, and their states sent when it has caught up.
    pub is_deferred: bool,
    /// True if the service does not know one of the agents or more.
    pub has_unknown_agents: bool,
    /// The snapshot that was due, if this batch sent it.
    pub snapshot: Option<SnapshotOutcome>,
    /// Why it was not sent, if it was due and failed. The next batch tries again.
    pub snapshot_failure: Option<FeedError>,
}

/// A snapshot that the service took, or that was deferred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotOutcome {
    /// The agents in it. If none is known, nothing is sent.
    pub agents: usize,
    /// Those of them whose state the service rejected, and who are not in it therefore.
    pub rejected: usize,
    /// Those of them that were logged off for their silence, who were not before.
    pub timed_out: usize,
    /// True if the service does not know one of the agents or more.
    pub has_unknown_agents: bool,
    /// True if it was not sent: a shard has yet to catch up.
    pub is_deferred: bool,
}

impl Feed {
    /// From this store to this service.
    pub fn new(store: Store, client: impl Into<Arc<Client>>, states: StateMode) -> Self {
        let client = RwLock::new(client.into());
        let joined = JoinedInstances::default();
        Self { store, client, states, joined, are_snapshots_paused: AtomicBool::new(false) }
    }

    /// Takes the agents of these instances for one by their user names.
    #[must_use]
    pub fn joining(self, joined: JoinedInstances) -> Self {
        Self { joined, ..self }
    }

    /// Pauses or resumes snapshots: while a shard can't be read, its agents would time out.
    pub fn pause_snapshots(&self, are_paused: bool) {
        self.are_snapshots_paused.store(are_paused, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
