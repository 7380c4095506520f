//! What queues and agents are called: contact events have their ARNs alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{attribute::SystemAttribute, history::HistoryEntry, names, status::Status};

/// Names by ARN.
#[derive(Clone, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({})", self.0.len())
    }
}

impl Names {
    /// The names that the statuses, the agent events and the contact records tell.
    pub(super) fn of(entries: &[HistoryEntry], statuses: &[Status]) -> Self {
        let mut names = Self::default();
        for status in statuses {
            let pairs = [
                (SystemAttribute::QueueArn, SystemAttribute::QueueName),
                (SystemAttribute::AgentArn, SystemAttribute::AgentUsername),
            ];
            for (arn, name) in pairs {
                if let (Some(arn), Some(name)) = (status.text(arn), status.text(name)) {
                    names.0.insert(arn.to_owned(), name.to_owned());
                }
            }
        }
        names.0.extend(entries.iter().flat_map(names::names_in_entry));
        names
    }

    /// Adds names, by ARN, where there is none yet.
    pub(super) fn add(&mut self, names: BTreeMap<String, String>) {
        for (arn, name) in names {
            self.0.entry(arn).or_insert(name);
        }
    }

    pub(super) fn knows(&self, arn: &str) -> bool {
        self.0.contains_key(arn)
    }

    /// The names of agents.
    pub(super) fn of_agents(&self) -> BTreeSet<String> {
        let agents = self.0.iter().filter(|(arn, _)| arn.contains("/agent/"));
        agents.map(|(_, name)| name.clone()).collect()
    }

    /// The name, or else the last part of the ARN.
    pub(super) fn name(&self, arn: &str) -> String {
        let last = || switchboard_core::arn::last_segment(arn).to_owned();
        self.0.get(arn).or_else(|| self.0.get(&key(arn))).cloned().unwrap_or_else(last)
    }

    /// To where somebody was passed on: a queue, or one agent.
    pub(super) fn destination(&self, arn: &str) -> String {
        let kind = if arn.contains(OWN_QUEUE) || arn.contains("/agent/") { "agent" } else { "queue" };
        format!("{kind} {}", self.name(arn))
    }

    /// Where somebody waits: in a queue, or for one agent.
    pub(super) fn place_of_waiting(&self, arn: Option<&str>) -> String {
        match arn {
            None => "in a queue".to_owned(),
            Some(arn) if arn.contains(OWN_QUEUE) => format!("for agent {}", self.name(arn)),
            Some(arn) => format!("in queue {}", self.name(arn)),
        }
    }
}

/// What an agent's own queue has in its ARN, before the agent's id.
const OWN_QUEUE: &str = "/queue/agent/";

/// The ARN that a name is known by: an agent's own queue is called as the agent is.
pub(crate) fn key(arn: &str) -> String {
    arn.replacen(OWN_QUEUE, "/agent/", 1)
}
