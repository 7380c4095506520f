//! The stored records of an agent and of an ARN alias.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    agent::{Agent, Current},
    joined::joined_state,
    key::Instance,
};

/// How long an agent without events is kept. The WFM has had such an agent logged off for days then.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often the ARN alias of an agent with events is written again.
const ALIAS_REFRESH_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// What a consumer of agents' states keeps in each agent's [`Record`]. Its default is not stored.
pub trait Delivery: Serialize + DeserializeOwned + Default + Clone + PartialEq {}

/// The record of one agent, with the state of its delivery to a consumer. Absent members are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, bound = "D: Delivery")]
pub struct Record<D> {
    /// The agent, as folded from events.
    pub agent: Agent,
    /// The shard of the newest of these events, as `Feed::observe` names it; empty if it is unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub shard: String,
    /// The same agent in the other instances that are [joined](crate::JoinedInstances) with this one, if this is the home.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub joined: BTreeMap<Instance, Agent>,
    /// The consumer's part.
    #[serde(rename = "sent", skip_serializing_if = "is_default")]
    pub delivery: D,
    /// The time of the event with which the agent's ARN alias was written last.
    #[serde(rename = "aliasAt", skip_serializing_if = "Option::is_none")]
    pub(crate) alias_event_at: Option<Timestamp>,
}

/// An alias that maps an agent's ARN to the user name.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ArnAlias {
    /// The agent's user name, from the first event that has it.
    pub(crate) username: Option<String>,
    /// The previous user name, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) former_username: Option<String>,
    /// The time of the newest event that is part of this.
    pub(crate) last_event_at: Option<Timestamp>,
    /// The events without a user name that came before the alias was linked.
    pub(crate) pending: Agent,
}

impl<D> Record<D> {
    /// The current state of the agent, [of all instances that are joined](joined_state); [`None`] if no event had one.
    pub fn current(&self) -> Option<Current> {
        joined_state(self.agents())
    }

    /// The agent here, and in the instances that are joined with this one.
    fn agents(&self) -> impl Iterator<Item = &Agent> {
        std::iter::once(&self.agent).chain(self.joined.values())
    }

    /// True if an event of that time with this id in its ARN writes the alias: the id is another one, or a day has passed.
    /// An alias must not expire before the agent's record.
    pub(crate) fn needs_alias_write(&self, id: &str, at: Timestamp) -> bool {
        self.agent.id() != Some(id)
            || self.agent.renamed_at().is_some()
            || self.alias_event_at.is_none_or(|known| at.duration_since(known) >= ALIAS_REFRESH_INTERVAL)
    }

    /// When it expires, in seconds since 1970.
    pub(crate) fn expires_at(&self) -> i64 {
        let newest = self.agents().filter_map(Agent::last_event_at).max();
        let last_event_at = newest.unwrap_or(Timestamp::UNIX_EPOCH);
        last_event_at.as_second().saturating_add(RETENTION.as_secs())
    }
}

impl ArnAlias {
    /// Gives the ARN this user name.
    pub(crate) fn rename(&mut self, username: &str) {
        if self.username.as_deref() != Some(username) {
            self.former_username = self.username.replace(username.to_owned());
        }
    }

    /// When it expires, in seconds since 1970.
    pub(crate) fn expires_at(&self) -> i64 {
        let last_event_at = self.last_event_at.unwrap_or(Timestamp::UNIX_EPOCH);
        last_event_at
            .as_second()
            .saturating_add(RETENTION.as_secs())
            .saturating_add(ALIAS_REFRESH_INTERVAL.as_secs())
    }
}

fn is_default<D: Default + PartialEq>(delivery: &D) -> bool {
    *delivery == D::default()
}

impl fmt::Debug for ArnAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArnAlias").field("pending", &self.pending).finish_non_exhaustive()
    }
}
