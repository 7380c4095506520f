//! Agents of joined instances: what is known in instances other than their home.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use switchboard_agents::{Agent, AgentKey, RecordCache};
use tokio::time::Instant;

use super::{BatchOutcome, Feed, FeedError, observe::Batch, record::FeedState, watermark};

impl Feed {
    /// Stores a batch's events of agents whose home is another instance. Returns what is known of each there by now.
    pub(super) async fn merge_others(
        &self,
        batch: &Batch<'_>,
        deadline: Instant,
        observed: &mut BatchOutcome,
    ) -> BTreeMap<AgentKey, Agent> {
        let agents = batch.updates.keys().filter(|agent| !observed.failed.contains_key(*agent));
        let others: Vec<AgentKey> = agents.filter(|agent| self.is_elsewhere(agent)).cloned().collect();
        let merged = self.store.update_cached(batch.cache, others, deadline, |agent, record| {
            batch.merge_into(agent, record);
            record.agent.clone()
        });
        let mut known = BTreeMap::new();
        for (agent, merged) in merged.await {
            match merged {
                Ok(merged) => drop(known.insert(agent, merged)),
                Err(error) => drop(observed.failed.insert(agent, error.into())),
            }
        }
        known
    }

    /// Where the state of an agent as a whole failed, the events of each instance must come again.
    pub(super) fn fail_with_home<'a>(
        &self,
        agents: impl Iterator<Item = &'a AgentKey>,
        observed: &mut BatchOutcome,
    ) {
        let (mut here, mut homes) = (BTreeSet::new(), BTreeSet::new());
        for agent in agents {
            here.insert(agent);
            let home = self.joined.home(agent);
            if home == *agent {
                continue;
            }
            if let Some(error) = observed.failed.get(&home).cloned() {
                observed.failed.entry(agent.clone()).or_insert(error);
                homes.insert(home);
            }
        }
        // Of whom the batch has no event in the home there is none to come again.
        observed.failed.retain(|agent, _| here.contains(agent) || !homes.contains(agent));
    }

    /// Logs off who timed out in an instance other than their home. Returns what is known of each there by now, and how many
    /// timed out.
    pub(super) async fn time_out_others(
        &self,
        known: impl Iterator<Item = &AgentKey>,
        feed_state: &FeedState,
        now: Timestamp,
        (cache, deadline): (&RecordCache, Instant),
    ) -> Result<(BTreeMap<AgentKey, Agent>, usize), FeedError> {
        let others: Vec<AgentKey> = known.filter(|agent| self.is_elsewhere(agent)).cloned().collect();
        let looks = self.store.update_cached(cache, others, deadline, |_, record| {
            let has_timed_out = watermark::time_out_silent(record, feed_state, now);
            (record.agent.clone(), has_timed_out)
        });
        let (mut agents, mut timed_out) = (BTreeMap::new(), 0);
        for (key, looked) in looks.await {
            let (agent, has_timed_out) = looked?;
            timed_out += usize::from(has_timed_out);
            agents.insert(key, agent);
        }
        Ok((agents, timed_out))
    }

    /// True if the agent's home is another instance.
    fn is_elsewhere(&self, agent: &AgentKey) -> bool {
        self.joined.home(agent) != *agent
    }
}
