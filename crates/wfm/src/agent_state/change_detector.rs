//! All agents of a feed in memory, and the changes of their states.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use switchboard_agents::{Agent, AgentArn, AgentKey, Agents};

use super::wfm_state::{StateChange, StateMode, WfmState};

/// All agents of a feed in memory, and the state of each that was returned last.
#[derive(Debug, Clone, Default)]
pub struct ChangeDetector {
    agents: BTreeMap<AgentKey, (Agent, Option<WfmState>)>,
    /// The owner of each ARN, and the time of the newest event with that user name.
    owners: BTreeMap<AgentArn, (Timestamp, AgentKey)>,
    /// The events by ARN alone.
    unnamed: BTreeMap<AgentArn, Agent>,
}

impl ChangeDetector {
    /// Merges the [fold](switchboard_agents::fold) of a batch of events, and returns what changes: the latest state of each
    /// agent, if it is another than the one that was returned last.
    pub fn merge(&mut self, events: Agents, states: StateMode) -> Vec<StateChange> {
        let (named, unnamed) = events.into_parts();
        let mut touched = BTreeSet::new();
        for (key, agent) in named {
            self.agents.entry(key.clone()).or_default().0.merge(agent);
            touched.insert(key);
        }
        for key in touched.clone() {
            touched.extend(self.own(&key));
        }
        for (arn, agent) in unnamed {
            touched.extend(self.owners.get(&arn).map(|(_, owner)| owner.clone()));
            self.unnamed.entry(arn).or_default().merge(agent);
        }
        touched.iter().filter_map(|key| self.change(key, states)).collect()
    }

    /// Gives an agent its ARN, or finds that it has another user name; returns the agent that has a former user name therefore.
    fn own(&mut self, key: &AgentKey) -> Option<AgentKey> {
        let (at, id) = self.agents.get(key)?.0.named()?;
        let id = id.to_owned();
        let (owner_at, owner) = self.owners.entry(key.arn(&id)).or_insert_with(|| (at, key.clone()));
        if owner == key {
            *owner_at = at;
            return None;
        }
        let (former, renamed_at) = if (at, key) > (*owner_at, &*owner) {
            *owner_at = at;
            (std::mem::replace(owner, key.clone()), at)
        } else {
            (key.clone(), *owner_at)
        };
        self.agents.get_mut(&former)?.0.rename(renamed_at, &id);
        Some(former)
    }

    fn change(&mut self, key: &AgentKey, states: StateMode) -> Option<StateChange> {
        let (agent, returned) = self.agents.get_mut(key)?;
        if let Some(arn) = agent.id().map(|id| key.arn(id))
            && self.owners.get(&arn).is_some_and(|(_, owner)| owner == key)
            && let Some(unnamed) = self.unnamed.get(&arn)
        {
            agent.merge(unnamed.clone());
        }
        let change = StateChange::of(key, agent, states)?;
        if returned.as_ref() == Some(&change.state) {
            return None;
        }
        *returned = Some(change.state.clone());
        Some(change)
    }
}
