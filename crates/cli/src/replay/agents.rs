//! What agent events change in how agents stand, as `rta-feed` reads and folds them. Pure.
//!
//! The function sends the latest state of each agent in a batch; so does a replay of batches. Events that are
//! no batch come one by one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rta_feed::read::{self, StreamDocument};
use switchboard_agents::{AgentArn, Agents};
use switchboard_runtime::{batch::KinesisEvent, records, settings::Settings};
use switchboard_wfm::agent_state::{ChangeDetector, StateChange as AgentStateChange, StateMode};

use super::report::{AgentCounts, StateChange};

/// How agents stand, for one file after another.
#[derive(Debug)]
pub(crate) struct AgentTracker {
    states: StateMode,
    detector: ChangeDetector,
    /// The ARNs of all agents so far.
    known: BTreeSet<AgentArn>,
}

/// What one file told of agents.
#[derive(Debug, Default)]
pub(crate) struct AgentTally {
    events: u64,
    changes: u64,
    arns: BTreeSet<AgentArn>,
}

impl AgentTracker {
    /// Nobody yet, shown as `RTA_STATES` says.
    ///
    /// # Errors
    /// When the setting is invalid.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let mut settings = Settings::from_env();
        let states = settings.optional_or("RTA_STATES", StateMode::default());
        settings.check()?;
        Ok(Self { states, detector: ChangeDetector::default(), known: BTreeSet::new() })
    }

    /// Takes a batch, or its records one by one, and returns what changes. What can't be read changes nothing:
    /// it is told where contacts are followed, who are sent the same.
    pub(crate) fn take(
        &mut self,
        file: &mut AgentTally,
        batch: &KinesisEvent,
        is_one_by_one: bool,
    ) -> Vec<StateChange> {
        let size = if is_one_by_one { 1 } else { batch.records.len().max(1) };
        let (mut changes, mut budget, now) = (Vec::new(), records::budget(), Timestamp::now());
        for records in batch.records.chunks(size) {
            let told = records.iter().flat_map(|record| read::record(&record.kinesis.data, &mut budget, now));
            let mut agents = Agents::default();
            for document in told {
                if let Ok(StreamDocument::Agent(told)) = document {
                    file.events += 1;
                    file.arns.insert(told.arn.clone());
                    agents.add(*told);
                }
            }
            changes.extend(self.detector.merge(agents, self.states).into_iter().map(shown));
        }
        file.changes += changes.len() as u64;
        changes
    }

    /// What the file comes to; [`None`] if it told nothing of agents.
    pub(crate) fn finish(&mut self, file: AgentTally) -> Option<AgentCounts> {
        let AgentTally { events, changes, arns } = file;
        let agents = arns.len() as u64;
        self.known.extend(arns);
        (events > 0).then_some(AgentCounts { events, agents, changes })
    }

    /// How many agents all files told of.
    pub(crate) fn count(&self) -> u64 {
        self.known.len() as u64
    }
}

fn shown(change: AgentStateChange) -> StateChange {
    StateChange {
        since: change.since,
        agent: change.agent.username.as_str().to_owned(),
        is_logged_on: change.state.is_logged_on,
        state: change.state.description,
        code: change.state.code,
    }
}
