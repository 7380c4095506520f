//! The changes of agents' states by agent events, as `rta-feed` reads and folds them. Pure.
//!
//! The function sends the latest state of each agent in a batch; so does a replay of batches. Events that are
//! no batch come one by one.

pub(crate) mod report;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rta_feed::read::{self, StreamDocument};
use switchboard_agents::{AgentArn, Agents, Instance};
use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::{batch::KinesisEvent, records, settings::Settings};
use switchboard_wfm::agent_state::{ChangeDetector, StateChange as AgentStateChange, StateMode};

use self::report::{AgentCounts, StateChange};

/// The states of agents, for one file after another.
#[derive(Debug)]
pub(crate) struct AgentTracker {
    states: StateMode,
    detector: ChangeDetector,
    /// The ARNs of all agents so far.
    arns: BTreeSet<AgentArn>,
    /// The instances of all agents so far. They are shown if there is more than one.
    instances: BTreeSet<Instance>,
}

/// The agents in one file.
#[derive(Debug, Default)]
pub(crate) struct FileAgents {
    events: u64,
    changes: u64,
    arns: BTreeSet<AgentArn>,
}

impl AgentTracker {
    /// A tracker of no agents yet, whose states are shown as `RTA_STATES` says.
    ///
    /// # Errors
    /// When the setting is invalid.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let mut settings = Settings::from_env();
        let states = settings.optional_or("RTA_STATES", StateMode::default());
        settings.check()?;
        Ok(Self {
            states,
            detector: ChangeDetector::default(),
            arns: BTreeSet::new(),
            instances: BTreeSet::new(),
        })
    }

    /// Applies a batch, or its records one by one, and returns what changes. What can't be read changes nothing:
    /// it is rejected where the same records are read for contacts.
    pub(crate) fn apply(
        &mut self,
        file: &mut FileAgents,
        batch: &KinesisEvent,
        is_one_by_one: bool,
    ) -> Vec<StateChange> {
        let size = if is_one_by_one { 1 } else { batch.records.len().max(1) };
        let (mut changes, mut budget, now) = (Vec::new(), records::budget(), Timestamp::now());
        let intake = read::intake(ServedInstances::default());
        for records in batch.records.chunks(size) {
            let documents = records
                .iter()
                .flat_map(|record| read::record(&record.kinesis.data, &intake, &mut budget, now));
            let mut agents = Agents::default();
            for document in documents {
                if let Ok(StreamDocument::Agent(event)) = document {
                    file.events += 1;
                    self.instances.insert(event.arn.instance.clone());
                    file.arns.insert(event.arn.clone());
                    agents.add(*event);
                }
            }
            let has_several_instances = self.instances.len() > 1;
            let merged = self.detector.merge(agents, self.states).into_iter();
            changes.extend(merged.map(|change| shown(change, has_several_instances)));
        }
        file.changes += changes.len() as u64;
        changes
    }

    /// The counts of a file; [`None`] if there were no agent events in it.
    pub(crate) fn finish(&mut self, file: FileAgents) -> Option<AgentCounts> {
        let FileAgents { events, changes, arns } = file;
        let agents = arns.len() as u64;
        self.arns.extend(arns);
        (events > 0).then_some(AgentCounts { events, agents, changes })
    }

    /// How many agents there were in all files.
    pub(crate) fn count(&self) -> u64 {
        self.arns.len() as u64
    }
}

fn shown(change: AgentStateChange, has_several_instances: bool) -> StateChange {
    let username = change.agent.username.as_str();
    let instance = change.agent.instance.as_str();
    StateChange {
        since: change.since,
        agent: if has_several_instances { format!("{username} ({instance})") } else { username.to_owned() },
        is_logged_on: change.state.is_logged_on,
        state: change.state.description,
        code: change.state.code,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_instance_is_shown_if_there_are_several() {
        let mut tracker = AgentTracker {
            states: StateMode::Status,
            detector: ChangeDetector::default(),
            arns: BTreeSet::new(),
            instances: BTreeSet::new(),
        };
        let mut file = FileAgents::default();
        let mut agents = |region: &str| {
            let event = json!({"AgentARN": format!("arn:aws:connect:{region}:1:instance/i/agent/x"),
                "EventType": "LOGIN", "EventTimestamp": "2026-11-02T08:00:00Z",
                "CurrentAgentSnapshot": {"Configuration": {"Username": "ann"}, "AgentStatus": {"Name": "Lunch"}}});
            let data = STANDARD.encode(event.to_string());
            let batch = json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": data}}]});
            let batch = serde_json::from_value(batch).unwrap();
            let changes = tracker.apply(&mut file, &batch, false).into_iter();
            changes.map(|change| change.agent).collect::<Vec<_>>()
        };
        assert_eq!(agents("eu-central-1"), ["ann"]);
        assert_eq!(agents("us-west-2"), ["ann (us-west-2/i)"]);
        assert_eq!(tracker.finish(file).unwrap().agents, 2);
    }
}
