//! Several agents, as folded from events. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    agent::Agent,
    assignment::{RoutingProfile, RoutingProfileKey},
    key::{AgentArn, AgentKey},
    read::AgentUpdate,
};

/// The fold of events: agents by user name, and by ARN where an event has no user name. Merging is the same in any order, with
/// any repeats and in any parts, as it is for an [`Agent`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agents {
    named: BTreeMap<AgentKey, Agent>,
    unnamed: BTreeMap<AgentArn, Agent>,
    routing_profiles: BTreeMap<RoutingProfileKey, RoutingProfile>,
}

impl Agents {
    /// Merges one event.
    pub fn add(&mut self, mut update: AgentUpdate) {
        if let Some((key, profile)) = update.routing_profile.take() {
            self.add_routing_profile(key, profile);
        }
        match update.key() {
            Some(key) => merge(&mut self.named, key, update.agent),
            None => merge(&mut self.unnamed, update.arn, update.agent),
        }
    }

    /// Merges the fold of other events.
    pub fn merge(&mut self, other: Self) {
        for (key, agent) in other.named {
            merge(&mut self.named, key, agent);
        }
        for (arn, agent) in other.unnamed {
            merge(&mut self.unnamed, arn, agent);
        }
        for (key, profile) in other.routing_profiles {
            self.add_routing_profile(key, profile);
        }
    }

    fn add_routing_profile(&mut self, key: RoutingProfileKey, profile: RoutingProfile) {
        let newest = self.routing_profiles.entry(key).or_default();
        if profile > *newest {
            *newest = profile;
        }
    }

    /// Takes the routing profiles that the events told.
    pub(crate) fn take_routing_profiles(&mut self) -> BTreeMap<RoutingProfileKey, RoutingProfile> {
        std::mem::take(&mut self.routing_profiles)
    }

    /// The agents by user name, and those by ARN alone.
    pub fn into_parts(self) -> (BTreeMap<AgentKey, Agent>, BTreeMap<AgentArn, Agent>) {
        (self.named, self.unnamed)
    }

    /// The agents by user name, with the events that have the ARN alone of those whose user name is known.
    pub fn into_named(self) -> BTreeMap<AgentKey, Agent> {
        let (mut named, mut unnamed) = self.into_parts();
        for (arn, (_, owner)) in retire(&mut named) {
            if let (Some(agent), Some(unnamed)) = (named.get_mut(&owner), unnamed.remove(&arn)) {
                agent.merge(unnamed);
            }
        }
        named
    }
}

impl From<BTreeMap<AgentKey, Agent>> for Agents {
    /// The fold of earlier events.
    fn from(named: BTreeMap<AgentKey, Agent>) -> Self {
        Self { named, unnamed: BTreeMap::new(), routing_profiles: BTreeMap::new() }
    }
}

/// The fold of events that were [read](crate::read()).
pub fn fold(updates: impl IntoIterator<Item = AgentUpdate>) -> Agents {
    let mut agents = Agents::default();
    for update in updates {
        agents.add(update);
    }
    agents
}

/// Finds the owner of each ARN, by the newest event with a user name, and marks the agents that have an older user name of one
/// as [renamed](Agent::rename).
pub(crate) fn retire(named: &mut BTreeMap<AgentKey, Agent>) -> BTreeMap<AgentArn, (Timestamp, AgentKey)> {
    let mut owners: BTreeMap<AgentArn, (Timestamp, AgentKey)> = BTreeMap::new();
    for (key, agent) in named.iter() {
        let Some((at, id)) = agent.named() else { continue };
        let candidate = (at, key.clone());
        let owner = owners.entry(key.arn(id)).or_insert_with(|| candidate.clone());
        if *owner < candidate {
            *owner = candidate;
        }
    }
    for (key, agent) in named {
        let owner = agent.id().and_then(|id| Some((id.to_owned(), owners.get(&key.arn(id))?)));
        if let Some((id, (at, owner))) = owner
            && owner != key
        {
            agent.rename(*at, &id);
        }
    }
    owners
}

fn merge<K: Ord>(agents: &mut BTreeMap<K, Agent>, key: K, update: Agent) {
    match agents.get_mut(&key) {
        Some(agent) => agent.merge(update),
        None => drop(agents.insert(key, update)),
    }
}
