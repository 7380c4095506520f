//! The stored records: of an agent, of an ARN alias, and of the feed.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agent_state::{Agent, WfmState};

/// How long an agent of whom nothing is heard is kept. The WFM has such an agent logged off for days then.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often an agent of whom something is heard is made known again.
const ALIAS_REFRESH_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// The record of one agent. Absent members are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// What events told.
    pub agent: Agent,
    /// The shard that the newest of them is of; empty where nobody said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub shard: String,
    /// What the service acknowledged last; [`None`] if it acknowledged nothing yet, or if something was sent since of
    /// which nobody knows whether the service took it.
    #[serde(rename = "acked", skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<WfmState>,
    /// The lease on the right to send this agent's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// That the service refused this agent's state alone, until it accepts one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RejectedState>,
    /// When the event happened with which the agent's ARN was made known last.
    #[serde(rename = "aliasAt", skip_serializing_if = "Option::is_none")]
    pub(crate) alias_event_at: Option<Timestamp>,
}

/// A state that the service refused alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedState {
    /// When the batch was begun in which a state of the agent was refused first.
    pub since: Timestamp,
    /// True if one was given up since, and so the next one that is refused is given up at once.
    pub is_abandoned: bool,
}

/// An alias that maps an agent's ARN to the user name.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ArnAlias {
    /// The agent's name, as soon as an event told it.
    pub(crate) username: Option<String>,
    /// The previous user name, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) former_username: Option<String>,
    /// When the newest event happened that is part of this.
    pub(crate) last_event_at: Option<Timestamp>,
    /// The events without a user name that came before the alias was linked.
    pub(crate) pending: Agent,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FeedState {
    /// When the last snapshot was begun that the service took whole.
    pub last_snapshot_at: Option<Timestamp>,
    /// When the batch was begun of which the service accepted a state last, give or take half a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_accepted_at: Option<Timestamp>,
    /// The watermarks by shard id.
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

impl Record {
    /// True if an event of then with this ARN makes the agent known under it: it is another one, or a day since, for what
    /// is kept of an ARN must not go before the agent's record.
    pub(crate) fn needs_alias_write(&self, arn: &str, at: Timestamp) -> bool {
        self.agent.arn() != Some(arn)
            || self.agent.renamed_at().is_some()
            || self.alias_event_at.is_none_or(|known| at.duration_since(known) >= ALIAS_REFRESH_INTERVAL)
    }

    /// When it may go, in seconds since 1970.
    pub(super) fn expires_at(&self) -> i64 {
        let last_event_at = self.agent.last_event_at().unwrap_or(Timestamp::UNIX_EPOCH);
        last_event_at.as_second().saturating_add(RETENTION.as_secs())
    }
}

impl ArnAlias {
    /// Gives the ARN this name.
    pub(crate) fn rename(&mut self, username: &str) {
        if self.username.as_deref() != Some(username) {
            self.former_username = self.username.replace(username.to_owned());
        }
    }

    /// When it may go, in seconds since 1970.
    pub(super) fn expires_at(&self) -> i64 {
        let last_event_at = self.last_event_at.unwrap_or(Timestamp::UNIX_EPOCH);
        last_event_at
            .as_second()
            .saturating_add(RETENTION.as_secs())
            .saturating_add(ALIAS_REFRESH_INTERVAL.as_secs())
    }
}

impl fmt::Debug for ArnAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArnAlias").field("unnamed", &self.pending).finish_non_exhaustive()
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease(until {})", self.expires_at)
    }
}
