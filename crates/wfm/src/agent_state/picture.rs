//! The picture that a WFM has, and what changes in it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Agent, Agents, Shown, States, Username};

/// One agent in a new state, as it is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub username: Username,
    /// The state.
    pub shown: Shown,
    /// Since when the agent is in it.
    pub since: Timestamp,
    /// As of when this is told.
    pub at: Timestamp,
}

impl Change {
    /// What is passed on of this agent; [`None`] if no event told a state.
    pub fn of(username: &Username, agent: &Agent, states: States) -> Option<Self> {
        let current = agent.current()?;
        let (shown, since) = current.shown(states);
        Some(Self { username: username.clone(), shown, since, at: current.at })
    }

    /// How long the agent had been in the state at that time, in whole seconds.
    pub fn seconds_in_state(&self) -> i32 {
        i32::try_from(self.at.duration_since(self.since).as_secs()).unwrap_or(i32::MAX).max(0)
    }
}

/// All agents of a feed in memory, and what was passed on of each.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    agents: BTreeMap<Username, (Agent, Option<Shown>)>,
    names: BTreeMap<String, Username>,
    /// What was told of agents whose name is not known yet, by ARN.
    unnamed: BTreeMap<String, Agent>,
}

impl Picture {
    /// Merges what a batch of events [folds](super::fold) to, and returns what changes: the latest state of each agent, if
    /// it is another than the one that was returned last.
    pub fn merge(&mut self, told: Agents, states: States) -> Vec<Change> {
        let (mut named, unnamed) = told.into_parts();
        for (username, agent) in &named {
            self.names.extend(agent.arn().map(|arn| (arn.to_owned(), username.clone())));
        }
        for (arn, agent) in unnamed {
            self.unnamed.entry(arn).or_default().merge(agent);
        }
        for (arn, agent) in self.unnamed.extract_if(.., |arn, _| self.names.contains_key(arn)) {
            if let Some(username) = self.names.get(&arn) {
                named.entry(username.clone()).or_default().merge(agent);
            }
        }
        let mut changes = Vec::new();
        for (username, told) in named {
            let (agent, passed_on) = self.agents.entry(username.clone()).or_default();
            agent.merge(told);
            if let Some(change) = Change::of(&username, agent, states)
                && passed_on.as_ref() != Some(&change.shown)
            {
                *passed_on = Some(change.shown.clone());
                changes.push(change);
            }
        }
        changes
    }
}
