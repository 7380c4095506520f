//! What is known of several agents.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Agent, AgentUpdate, Username};

/// What events tell of agents, by name; and by ARN where an event has no name. Merging is the same in any order, with
/// any repeats and in any parts, as it is for an [`Agent`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agents {
    named: BTreeMap<Username, Agent>,
    unnamed: BTreeMap<String, Agent>,
}

impl Agents {
    /// Adds what one event tells.
    pub fn add(&mut self, told: AgentUpdate) {
        match told.username {
            Some(username) => merge(&mut self.named, username, told.agent),
            None => merge(&mut self.unnamed, told.arn, told.agent),
        }
    }

    /// Adds what other events tell.
    pub fn merge(&mut self, other: Self) {
        for (username, agent) in other.named {
            merge(&mut self.named, username, agent);
        }
        for (arn, agent) in other.unnamed {
            merge(&mut self.unnamed, arn, agent);
        }
    }

    /// What was told by name, and what was told by ARN alone.
    pub fn into_parts(self) -> (BTreeMap<Username, Agent>, BTreeMap<String, Agent>) {
        (self.named, self.unnamed)
    }

    /// What is known of each agent by name, with what was told by the ARN alone of those that have a name.
    pub fn into_named(self) -> BTreeMap<Username, Agent> {
        let (mut named, mut unnamed) = self.into_parts();
        for (arn, (_, owner)) in retire(&mut named) {
            if let (Some(agent), Some(told)) = (named.get_mut(&owner), unnamed.remove(&arn)) {
                agent.merge(told);
            }
        }
        named
    }
}

impl From<BTreeMap<Username, Agent>> for Agents {
    /// What was told of these before.
    fn from(named: BTreeMap<Username, Agent>) -> Self {
        Self { named, unnamed: BTreeMap::new() }
    }
}

/// The fold of events that were [read](super::read).
pub fn fold(told: impl IntoIterator<Item = AgentUpdate>) -> Agents {
    let mut agents = Agents::default();
    for one in told {
        agents.add(one);
    }
    agents
}

/// Finds whose each ARN is, by the newest event with a name, and marks the agents that have an older name of one as
/// [renamed](Agent::rename).
pub(crate) fn retire(named: &mut BTreeMap<Username, Agent>) -> BTreeMap<String, (Timestamp, Username)> {
    let mut owners: BTreeMap<String, (Timestamp, Username)> = BTreeMap::new();
    for (username, agent) in named.iter() {
        let Some((at, arn)) = agent.named() else { continue };
        let claim = (at, username.clone());
        match owners.get_mut(arn) {
            Some(owner) if *owner >= claim => {}
            Some(owner) => *owner = claim,
            None => drop(owners.insert(arn.to_owned(), claim)),
        }
    }
    for (username, agent) in named {
        let owner = agent.arn().and_then(|arn| Some((arn.to_owned(), owners.get(arn)?)));
        if let Some((arn, (at, owner))) = owner
            && owner != username
        {
            agent.rename(*at, &arn);
        }
    }
    owners
}

fn merge<K: Ord>(agents: &mut BTreeMap<K, Agent>, key: K, told: Agent) {
    match agents.get_mut(&key) {
        Some(agent) => agent.merge(told),
        None => drop(agents.insert(key, told)),
    }
}
