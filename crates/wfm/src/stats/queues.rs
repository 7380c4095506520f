//! Queue and agent-queue statistics.

use std::collections::{BTreeMap, BTreeSet};

use switchboard_core::{
    ctr_version::CtrVersion,
    interval::{IntervalGrid, Period},
    outcome::QueueOutcome,
};

use super::{
    Settings,
    facts::{Contact, QueueFacts},
    successors::Successors,
};
use crate::history::ctr_version::LatestByContact;

/// One queue in one interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// When the contacts came into the queue.
    pub interval: Period,
    /// The last segment of the queue's ARN.
    pub queue_id: String,
    /// Its name; [`None`] for an agent's own queue.
    pub queue_name: Option<String>,
    /// The contacts' channel, as Connect names it: `VOICE`, `CHAT`, `TASK`, `EMAIL`; [`None`] where the records have none.
    pub channel: Option<String>,
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
    pub callback_requested_call_cnt: u64,
    pub transferred_out_from_queue_call_cnt: u64,
    pub ended_otherwise_call_cnt: u64,
    pub hold_call_dur: u64,
}

impl QueueStatistics {
    /// How many contacts came in. Each of them ended in one of five ways.
    pub fn offd_call_cnt(&self) -> u64 {
        self.answ_call_cnt
            + self.aband_call_cnt
            + self.callback_requested_call_cnt
            + self.transferred_out_from_queue_call_cnt
            + self.ended_otherwise_call_cnt
    }

    fn count(&mut self, contact: &Contact, queue: &QueueFacts, outcome: QueueOutcome, settings: &Settings) {
        add(&mut self.talking_call_dur, contact.talk_secs);
        add(&mut self.wrap_up_dur, contact.wrap_up_secs);
        add(&mut self.hold_call_dur, contact.hold_secs);
        self.overflow_in_call_cnt += u64::from(contact.transferred_to_endpoint);
        self.overflow_out_call_cnt += u64::from(contact.transfer_completed);
        let waited = queue.waited_secs;
        let below = |threshold| u64::from(waited.is_some_and(|waited| waited < threshold));
        match outcome {
            QueueOutcome::Answered => {
                self.answ_call_cnt += 1;
                add(&mut self.queued_and_answ_call_dur, waited);
                self.queued_answ_longest_que_dur = self.queued_answ_longest_que_dur.max(waited);
                self.ans_servicelevel_cnt += below(settings.service_level_secs);
            }
            QueueOutcome::Abandoned => {
                self.aband_call_cnt += 1;
                add(&mut self.queued_and_aband_call_dur, waited);
                self.queued_aband_longest_que_dur = self.queued_aband_longest_que_dur.max(waited);
                self.aband_within_sl_cnt += below(settings.service_level_secs);
                self.aband_short_call_cnt += below(settings.short_call_secs);
            }
            QueueOutcome::CallbackRequested => self.callback_requested_call_cnt += 1,
            QueueOutcome::TransferredOut => self.transferred_out_from_queue_call_cnt += 1,
            QueueOutcome::EndedOtherwise => self.ended_otherwise_call_cnt += 1,
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
    /// The contacts' channel, as Connect names it: `VOICE`, `CHAT`, `TASK`, `EMAIL`; [`None`] where the records have none.
    pub channel: Option<String>,
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
    pub hold_call_dur: u64,
}

pub(super) fn queue_rows(
    contacts: &LatestByContact<Box<Contact>>,
    settings: &Settings,
    grid: &IntervalGrid<'_>,
) -> Vec<QueueRow> {
    let (names, successors) = (names(contacts), Successors::of(contacts));
    let mut rows: BTreeMap<(Period, &str, Option<&str>), QueueStatistics> = BTreeMap::new();
    for (contact_id, _, contact) in contacts.iter().filter(|(_, _, contact)| settings.counts(contact)) {
        let Some(queue) = &contact.queue else { continue };
        let Some(enqueued) = queue.enqueued else { continue };
        let Some(outcome) = contact.outcome(successors.successor(contact_id, contact)) else { continue };
        let row = rows.entry((grid.interval_of(enqueued), &queue.id, contact.channel.as_deref()));
        row.or_default().count(contact, queue, outcome, settings);
    }
    let row = |((interval, id, channel), statistics): ((Period, &str, Option<&str>), _)| QueueRow {
        interval,
        queue_id: id.to_owned(),
        queue_name: names.get(id).map(|(_, name)| (*name).to_owned()),
        channel: channel.map(str::to_owned),
        statistics,
    };
    rows.into_iter().map(row).collect()
}

pub(super) fn agent_queue_rows(
    contacts: &LatestByContact<Box<Contact>>,
    settings: &Settings,
    grid: &IntervalGrid<'_>,
) -> Vec<AgentQueueRow> {
    type Key<'a> = (Period, &'a str, Option<&'a str>, Option<&'a str>);
    let names = names(contacts);
    let mut rows: BTreeMap<Key<'_>, AgentQueueStatistics> = BTreeMap::new();
    for (_, _, contact) in contacts.iter().filter(|(_, _, contact)| settings.counts(contact)) {
        let Some(agent) = &contact.agent else { continue };
        let queue = contact.queue.as_ref().map(|queue| &*queue.id);
        let key = (grid.interval_of(agent.connected), &*agent.username, queue, contact.channel.as_deref());
        let row = rows.entry(key).or_default();
        add(&mut row.talking_call_dur, contact.talk_secs);
        add(&mut row.wrap_up_dur, contact.wrap_up_secs);
        add(&mut row.hold_call_dur, contact.hold_secs);
        row.answ_call_cnt += 1;
        row.transfer_out_call_cnt += u64::from(contact.transfer_completed);
    }
    let row = |((interval, agent, queue, channel), statistics): (Key<'_>, _)| AgentQueueRow {
        interval,
        agent: agent.to_owned(),
        queue_id: queue.map(str::to_owned),
        queue_name: queue.and_then(|id| names.get(id)).map(|(_, name)| (*name).to_owned()),
        channel: channel.map(str::to_owned),
        statistics,
    };
    rows.into_iter().map(row).collect()
}

/// The intervals that contacts touch whose every copy is a late one, and no other contact.
pub(super) fn only_redelivered(
    contacts: &LatestByContact<Box<Contact>>,
    settings: &Settings,
    grid: &IntervalGrid<'_>,
) -> BTreeSet<Period> {
    let mut touched: BTreeMap<Period, bool> = BTreeMap::new();
    for (_, _, contact) in contacts.iter().filter(|(_, _, contact)| settings.counts(contact)) {
        for at in contact.times() {
            *touched.entry(grid.interval_of(at)).or_insert(true) &= contact.is_redelivered;
        }
    }
    touched.into_iter().filter_map(|(interval, is_late)| is_late.then_some(interval)).collect()
}

/// The name of each queue in the newest record that has one; a queue may have been renamed.
fn names(contacts: &LatestByContact<Box<Contact>>) -> BTreeMap<&str, (CtrVersion, &str)> {
    let mut names = BTreeMap::new();
    for (_, version, contact) in contacts.iter() {
        let Some(queue) = &contact.queue else { continue };
        let Some(name) = &queue.name else { continue };
        let candidate = (version, &**name);
        let held = names.entry(&*queue.id).or_insert(candidate);
        *held = candidate.max(*held);
    }
    names
}

/// Adds what is known. A sum that a nonsensical duration makes too great stays at the greatest.
fn add(sum: &mut u64, secs: Option<u64>) {
    *sum = sum.saturating_add(secs.unwrap_or(0));
}
