//! The picture that a WFM has, and what changes in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Agent, Agents, StateMode, Username, WfmState};

/// One agent in a new state, as it is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// Who.
    pub username: Username,
    /// The state.
    pub state: WfmState,
    /// Since when the agent is in it.
    pub since: Timestamp,
    /// As of when this is told.
    pub at: Timestamp,
}

impl StateChange {
    /// What is passed on of this agent; [`None`] if no event told a state.
    pub fn of(username: &Username, agent: &Agent, states: StateMode) -> Option<Self> {
        let current = agent.current()?;
        let (state, since) = current.to_wfm_state(states);
        Some(Self { username: username.clone(), state, since, at: current.at })
    }

    /// How long the agent had been in the state at that time, in whole seconds.
    pub fn seconds_in_state(&self) -> i32 {
        i32::try_from(self.at.duration_since(self.since).as_secs()).unwrap_or(i32::MAX).max(0)
    }
}

/// All agents of a feed in memory, and what was passed on of each.
#[derive(Debug, Clone, Default)]
pub struct ChangeDetector {
    agents: BTreeMap<Username, (Agent, Option<WfmState>)>,
    /// Whose each ARN is, and when the newest event with that name happened.
    owners: BTreeMap<String, (Timestamp, Username)>,
    /// What was told by the ARN alone.
    unnamed: BTreeMap<String, Agent>,
}

impl ChangeDetector {
    /// Merges what a batch of events [folds](super::fold) to, and returns what changes: the latest state of each agent, if
    /// it is another than the one that was returned last.
    pub fn merge(&mut self, told: Agents, states: StateMode) -> Vec<StateChange> {
        let (named, unnamed) = told.into_parts();
        let mut touched = BTreeSet::new();
        for (username, told) in named {
            self.agents.entry(username.clone()).or_default().0.merge(told);
            touched.insert(username);
        }
        for username in touched.clone() {
            touched.extend(self.own(&username));
        }
        for (arn, agent) in unnamed {
            touched.extend(self.owners.get(&arn).map(|(_, owner)| owner.clone()));
            self.unnamed.entry(arn).or_default().merge(agent);
        }
        touched.iter().filter_map(|username| self.change(username, states)).collect()
    }

    /// Gives an agent its ARN, or finds that it has another name; returns who has an old name therefore.
    fn own(&mut self, username: &Username) -> Option<Username> {
        let (at, arn) = self.agents.get(username)?.0.named()?;
        let arn = arn.to_owned();
        let (owner_at, owner) = self.owners.entry(arn.clone()).or_insert_with(|| (at, username.clone()));
        if owner == username {
            *owner_at = at;
            return None;
        }
        let (old, renamed_at) = if (at, username) > (*owner_at, &*owner) {
            *owner_at = at;
            (std::mem::replace(owner, username.clone()), at)
        } else {
            (username.clone(), *owner_at)
        };
        self.agents.get_mut(&old)?.0.rename(renamed_at, &arn);
        Some(old)
    }

    fn change(&mut self, username: &Username, states: StateMode) -> Option<StateChange> {
        let (agent, passed_on) = self.agents.get_mut(username)?;
        if let Some(arn) = agent.arn()
            && self.owners.get(arn).is_some_and(|(_, owner)| owner == username)
            && let Some(told) = self.unnamed.get(arn)
        {
            agent.merge(told.clone());
        }
        let change = StateChange::of(username, agent, states)?;
        if passed_on.as_ref() == Some(&change.state) {
            return None;
        }
        *passed_on = Some(change.state.clone());
        Some(change)
    }
}
