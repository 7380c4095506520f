//! Queue and agent-queue statistics.

use std::collections::BTreeMap;

use super::{
    Settings,
    facts::{ContactFacts, QueueFacts},
    grid::{Grid, Period},
};
use crate::latest::Version;

/// One queue in one interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// When the contacts came into the queue.
    pub interval: Period,
    /// The last segment of the queue's ARN.
    pub queue_id: String,
    /// Its name; [`None`] for an agent's own queue.
    pub queue_name: Option<String>,
    /// The figures.
    pub statistics: QueueStatistics,
}

/// The figures of a queue in an interval, as [`intervals`](super) defines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields have the WFM's names; durations are whole seconds")]
pub struct QueueStatistics {
    pub talking_call_dur: u64,
    pub wrap_up_dur: u64,
    pub overflow_in_call_cnt: u64,
    pub overflow_out_call_cnt: u64,
    pub aband_call_cnt: u64,
    pub answ_call_cnt: u64,
    pub queued_and_answ_call_dur: u64,
    pub queued_and_aband_call_dur: u64,
    pub queued_answ_longest_que_dur: Option<u64>,
    pub queued_aband_longest_que_dur: Option<u64>,
    pub ans_servicelevel_cnt: u64,
    pub aband_short_call_cnt: u64,
    pub aband_within_sl_cnt: u64,
}

impl QueueStatistics {
    /// How many contacts came in: the answered and the abandoned.
    pub fn offd_call_cnt(&self) -> u64 {
        self.answ_call_cnt + self.aband_call_cnt
    }

    fn count(&mut self, contact: &ContactFacts, queue: &QueueFacts, settings: &Settings) {
        add(&mut self.talking_call_dur, contact.talk_secs);
        add(&mut self.wrap_up_dur, contact.wrap_up_secs);
        self.overflow_in_call_cnt += u64::from(contact.transferred_to_endpoint);
        self.overflow_out_call_cnt += u64::from(contact.transfer_completed);
        let waited = queue.waited_secs;
        let below = |threshold| u64::from(waited.is_some_and(|waited| waited < threshold));
        if contact.agent.is_some() {
            self.answ_call_cnt += 1;
            add(&mut self.queued_and_answ_call_dur, waited);
            self.queued_answ_longest_que_dur = self.queued_answ_longest_que_dur.max(waited);
            self.ans_servicelevel_cnt += below(settings.service_level_secs);
        } else {
            self.aband_call_cnt += 1;
            add(&mut self.queued_and_aband_call_dur, waited);
            self.queued_aband_longest_que_dur = self.queued_aband_longest_que_dur.max(waited);
            self.aband_within_sl_cnt += below(settings.service_level_secs);
            self.aband_short_call_cnt += below(settings.short_call_secs);
        }
    }
}

/// One agent's contacts of one queue in one interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentQueueRow {
    /// When the contacts reached the agent.
    pub interval: Period,
    /// The agent's user name.
    pub agent: String,
    /// The last segment of the queue's ARN; [`None`] for contacts that had no queue.
    pub queue_id: Option<String>,
    /// The queue's name.
    pub queue_name: Option<String>,
    /// The figures.
    pub statistics: AgentQueueStatistics,
}

/// The figures of an agent's contacts, as [`intervals`](super) defines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields have the WFM's names; durations are whole seconds")]
pub struct AgentQueueStatistics {
    pub talking_call_dur: u64,
    pub wrap_up_dur: u64,
    pub answ_call_cnt: u64,
    pub transfer_out_call_cnt: u64,
}

pub(super) fn queue_rows<'a>(
    contacts: impl Iterator<Item = &'a ContactFacts> + Clone,
    settings: &Settings,
    grid: &Grid<'_>,
) -> Vec<QueueRow> {
    let names = names(contacts.clone());
    let mut rows: BTreeMap<(Period, &str), QueueStatistics> = BTreeMap::new();
    for contact in contacts {
        let Some(queue) = &contact.queue else { continue };
        let Some(enqueued) = queue.enqueued else { continue };
        rows.entry((grid.interval_of(enqueued), &queue.id)).or_default().count(contact, queue, settings);
    }
    let row = |((interval, id), statistics): ((Period, &str), QueueStatistics)| QueueRow {
        interval,
        queue_id: id.to_owned(),
        queue_name: names.get(id).map(|(_, name)| (*name).to_owned()),
        statistics,
    };
    rows.into_iter().map(row).collect()
}

pub(super) fn agent_queue_rows<'a>(
    contacts: impl Iterator<Item = &'a ContactFacts> + Clone,
    grid: &Grid<'_>,
) -> Vec<AgentQueueRow> {
    let names = names(contacts.clone());
    let mut rows: BTreeMap<(Period, &str, Option<&str>), AgentQueueStatistics> = BTreeMap::new();
    for contact in contacts {
        let Some(agent) = &contact.agent else { continue };
        let queue = contact.queue.as_ref().map(|queue| &*queue.id);
        let row = rows.entry((grid.interval_of(agent.connected), &agent.username, queue)).or_default();
        add(&mut row.talking_call_dur, contact.talk_secs);
        add(&mut row.wrap_up_dur, contact.wrap_up_secs);
        row.answ_call_cnt += 1;
        row.transfer_out_call_cnt += u64::from(contact.transfer_completed);
    }
    let row = |((interval, agent, queue), statistics): ((Period, &str, Option<&str>), _)| AgentQueueRow {
        interval,
        agent: agent.to_owned(),
        queue_id: queue.map(str::to_owned),
        queue_name: queue.and_then(|id| names.get(id)).map(|(_, name)| (*name).to_owned()),
        statistics,
    };
    rows.into_iter().map(row).collect()
}

/// The name of each queue in the newest record that has one; a queue may have been renamed.
fn names<'a>(contacts: impl Iterator<Item = &'a ContactFacts>) -> BTreeMap<&'a str, (Version, &'a str)> {
    let mut names = BTreeMap::new();
    for contact in contacts {
        let Some(queue) = &contact.queue else { continue };
        let Some(name) = &queue.name else { continue };
        let candidate = (contact.version, name.as_str());
        let held = names.entry(queue.id.as_str()).or_insert(candidate);
        *held = candidate.max(*held);
    }
    names
}

/// Adds what is known. A sum that a nonsensical duration makes too great stays at the greatest.
fn add(sum: &mut u64, secs: Option<u64>) {
    *sum = sum.saturating_add(secs.unwrap_or(0));
}
