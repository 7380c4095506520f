//! What is kept.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agent_state::{Agent, Shown};

/// How long an agent of whom nothing is heard is kept. The WFM has such an agent logged off for days then.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often an agent of whom something is heard is made known again.
const INTRODUCED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What is kept of one agent. What there is not is not written.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Shown>,
    /// Who is sending this agent's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// That the service refused this agent's state alone, until it accepts one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// When the event happened with which the agent's ARN was made known last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) introduced: Option<Timestamp>,
}

/// A state that the service refused alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// When the batch was begun in which a state of the agent was refused first.
    pub since: Timestamp,
    /// True if one was given up since, and so the next one that is refused is given up at once.
    pub is_given_up: bool,
}

/// What is kept of an agent's ARN.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Alias {
    /// The agent's name, as soon as an event told it.
    pub(crate) username: Option<String>,
    /// The name before that one, if there was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) former: Option<String>,
    /// When the newest event happened that is part of this.
    pub(crate) heard: Option<Timestamp>,
    /// What events without a name told before.
    pub(crate) unnamed: Agent,
}

/// How far a shard was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The newest event of it, give or take half a minute.
    pub newest: Timestamp,
    /// When the last batch of it came, give or take half a minute.
    pub heard: Timestamp,
    /// True while its events are too old to be shown.
    pub is_behind: bool,
    /// When that was over last.
    pub caught_up: Option<Timestamp>,
}

/// What is kept of the feed as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Gate {
    /// When the last snapshot was begun that the service took whole.
    pub snapshot_at: Option<Timestamp>,
    /// When the batch was begun of which the service accepted a state last, give or take half a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// How far each shard was read, by its id.
    pub shards: BTreeMap<String, Progress>,
    /// Who is sending a snapshot.
    pub claim: Option<Claim>,
}

/// The sole right to send, for a while.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Whose: no two are the same.
    pub token: String,
    /// When it ends, if nobody ends it before. Nothing of its owner's is under way then.
    pub until: Timestamp,
}

impl Claim {
    /// True if this claim is somebody else's and still holds.
    pub fn bars(&self, token: &str, now: Timestamp) -> bool {
        self.token != token && now < self.until
    }
}

impl Record {
    /// True if an event of then with this ARN makes the agent known under it: it is another one, or a day since, for what
    /// is kept of an ARN must not go before the agent's record.
    pub(crate) fn is_introduced_by(&self, arn: &str, at: Timestamp) -> bool {
        self.agent.arn() != Some(arn)
            || self.agent.renamed_at().is_some()
            || self.introduced.is_none_or(|known| at.duration_since(known) >= INTRODUCED_EVERY)
    }

    /// When it may go, in seconds since 1970.
    pub(super) fn expires(&self) -> i64 {
        let alive = self.agent.alive().unwrap_or(Timestamp::UNIX_EPOCH);
        alive.as_second().saturating_add(RETENTION.as_secs())
    }
}

impl Alias {
    /// Gives the ARN this name.
    pub(crate) fn rename(&mut self, username: &str) {
        if self.username.as_deref() != Some(username) {
            self.former = self.username.replace(username.to_owned());
        }
    }

    /// When it may go, in seconds since 1970.
    pub(super) fn expires(&self) -> i64 {
        let heard = self.heard.unwrap_or(Timestamp::UNIX_EPOCH);
        heard.as_second().saturating_add(RETENTION.as_secs()).saturating_add(INTRODUCED_EVERY.as_secs())
    }
}

impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alias").field("unnamed", &self.unnamed).finish_non_exhaustive()
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim(until {})", self.until)
    }
}
