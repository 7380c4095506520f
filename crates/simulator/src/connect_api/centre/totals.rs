//! What contacts add up to.

use super::{Channel, Contact, Initiation};

/// What some contacts add up to. Times are in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) contacts: i64,
    pub(crate) queued: i64,
    pub(crate) handled: i64,
    pub(crate) incoming: i64,
    pub(crate) outbound: i64,
    pub(crate) callback: i64,
    pub(crate) api: i64,
    pub(crate) transferred_in: i64,
    pub(crate) transferred_out: i64,
    pub(crate) agent_hung_up: i64,
    pub(crate) held: i64,
    pub(crate) hold_abandoned: i64,
    pub(crate) connecting_time: i64,
    pub(crate) interaction_time: i64,
    pub(crate) hold_time: i64,
    pub(crate) after_contact_work_time: i64,
    pub(crate) longest_queued: i64,
    /// How long each that was answered from the queue had waited.
    pub(crate) answered_after: Vec<i64>,
    /// How long each that was abandoned had waited.
    pub(crate) abandoned_after: Vec<i64>,
}

impl Totals {
    /// Adds one contact.
    pub(crate) fn add(&mut self, contact: &Contact) {
        self.contacts += 1;
        let from_queue = contact.initiation != Initiation::Outbound;
        if from_queue {
            self.queued += 1;
            self.longest_queued = self.longest_queued.max(contact.queued);
        }
        if contact.agent.is_none() {
            self.abandoned_after.push(contact.queued);
            return;
        }
        if from_queue {
            self.answered_after.push(contact.queued);
        }
        self.handled += 1;
        match contact.initiation {
            Initiation::Inbound => self.incoming += 1,
            Initiation::Outbound => self.outbound += 1,
            Initiation::Callback => self.callback += 1,
            Initiation::Api => self.api += 1,
            Initiation::Transfer => self.transferred_in += 1,
        }
        self.transferred_out += i64::from(contact.transferred_out);
        self.agent_hung_up += i64::from(contact.agent_hung_up && contact.channel == Channel::Voice);
        self.hold_abandoned += i64::from(contact.hold_abandoned);
        let held = contact.hold.map_or(0, |(from, to)| to - from);
        self.held += i64::from(contact.hold.is_some());
        self.hold_time += held;
        self.connecting_time += contact.connected - contact.offered;
        self.interaction_time += contact.ended - contact.connected - held;
        self.after_contact_work_time += contact.closed - contact.ended;
    }

    /// Talk, hold and after-contact work.
    pub(crate) fn handle_time(&self) -> i64 {
        self.interaction_time + self.hold_time + self.after_contact_work_time
    }

    pub(crate) fn abandoned(&self) -> i64 {
        count(&self.abandoned_after, |_| true)
    }

    pub(crate) fn answered(&self) -> i64 {
        count(&self.answered_after, |_| true)
    }

    /// How many were answered within a threshold.
    pub(crate) fn answered_within(&self, within: impl Fn(i64) -> bool) -> i64 {
        count(&self.answered_after, within)
    }

    /// How many were abandoned within a threshold.
    pub(crate) fn abandoned_within(&self, within: impl Fn(i64) -> bool) -> i64 {
        count(&self.abandoned_after, within)
    }
}

fn count(waits: &[i64], within: impl Fn(i64) -> bool) -> i64 {
    i64::try_from(waits.iter().filter(|&&wait| within(wait)).count()).unwrap_or(i64::MAX)
}
