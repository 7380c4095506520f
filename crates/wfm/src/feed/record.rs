//! What the feed stores: the delivery of each agent's state, and the state of the feed as a whole.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchboard_agents::Delivery;

use crate::agent_state::WfmState;

/// The record of one agent, with the delivery of its state to the service.
pub type Record = switchboard_agents::Record<DeliveryState>;

/// The store of agents and of their delivery to one service.
pub type Store = switchboard_agents::Store<DeliveryState>;

/// The delivery of one agent's state. Absent members are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryState {
    /// The state that the service acknowledged last; [`None`] if it acknowledged nothing yet, or if something was sent since of
    /// which nobody knows whether the service took it.
    #[serde(rename = "acked", skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<WfmState>,
    /// The lease on the right to send this agent's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// That the service rejected this agent's state singly, until it accepts one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RejectedState>,
}

impl Delivery for DeliveryState {}

/// A state that the service rejected singly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedState {
    /// When the batch was begun in which a state of the agent was rejected first.
    pub since: Timestamp,
    /// True if one was abandoned since, and so the next one that is rejected is abandoned at once.
    pub is_abandoned: bool,
}

/// The watermark of a shard: how far it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardWatermark {
    /// The time of its newest event, to within half a minute.
    pub newest_event_at: Timestamp,
    /// When its last batch came, to within half a minute.
    pub last_batch_at: Timestamp,
    /// True while its events are too old for their states to be sent.
    pub is_lagging: bool,
    /// When it caught up last.
    pub caught_up_at: Option<Timestamp>,
}

/// The state of the feed as a whole: the snapshot lease, the last snapshot, and a watermark for each shard.
///
/// There is one in a store, whatever instances the agents are of: a full snapshot logs off every agent that is missing from it, so
/// it must hold the agents of all instances that are fed to one service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FeedState {
    /// When the last snapshot was begun that the service took whole.
    pub last_snapshot_at: Option<Timestamp>,
    /// When the batch was begun of which the service accepted a state last, give or take half a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_accepted_at: Option<Timestamp>,
    /// The watermarks by shard and its stream: a shard id is unique only within a stream.
    pub shards: BTreeMap<String, ShardWatermark>,
    /// The snapshot lease.
    pub lease: Option<Lease>,
}

/// A lease on the right to send one agent's state, or a full snapshot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// The holder: a random id of one attempt.
    pub holder: String,
    /// When it expires unless it is released before. No call of the holder is under way by then.
    pub expires_at: Timestamp,
}

impl Lease {
    /// True if another holder has the lease and it has not expired.
    pub fn is_held_by_other(&self, holder: &str, now: Timestamp) -> bool {
        self.holder != holder && now < self.expires_at
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease(until {})", self.expires_at)
    }
}
