//! What contacts add up to, by Connect's definitions.

use super::{history::EndedContact, standard_queue};
use crate::model::{Channel, InitiationMethod, LegRole, WaitEnd, whole_seconds};

/// What some contacts add up to. Times are in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) created: i64,
    pub(crate) contacts: i64,
    pub(crate) queued: i64,
    pub(crate) handled: i64,
    pub(crate) incoming: i64,
    pub(crate) outbound: i64,
    pub(crate) callback: i64,
    pub(crate) api: i64,
    pub(crate) consulted: i64,
    pub(crate) transferred_in: i64,
    pub(crate) transferred_in_from_queue: i64,
    pub(crate) transferred_out: i64,
    pub(crate) transferred_out_from_queue: i64,
    pub(crate) retried: i64,
    /// Offers that agents did not take.
    pub(crate) not_taken: i64,
    pub(crate) agent_hung_up: i64,
    pub(crate) held: i64,
    pub(crate) holds: i64,
    pub(crate) hold_abandoned: i64,
    pub(crate) connecting_time: i64,
    pub(crate) interaction_time: i64,
    pub(crate) hold_time: i64,
    pub(crate) after_contact_work_time: i64,
    pub(crate) longest_queued: i64,
    /// How long each that was answered from a queue had waited.
    pub(crate) answered_after: Vec<i64>,
    /// How long each that was abandoned had waited.
    pub(crate) abandoned_after: Vec<i64>,
}

impl Totals {
    /// Adds a contact that is over.
    pub(crate) fn add(&mut self, ended: &EndedContact) {
        let contact = &ended.contact;
        self.contacts += 1;
        self.consulted += i64::from(contact.role == LegRole::Consulted);
        self.transferred_out += i64::from(contact.transfer.is_some());
        if let (Some(end), Some(_)) = (contact.wait_end, standard_queue(contact)) {
            let waited = contact.queued_seconds().unwrap_or(0);
            self.queued += 1;
            self.longest_queued = self.longest_queued.max(waited);
            self.retried += i64::from(contact.is_retry);
            match end {
                WaitEnd::Answered => self.answered_after.push(waited),
                WaitEnd::Abandoned => self.abandoned_after.push(waited),
                WaitEnd::CallbackRequested | WaitEnd::TransferredOut => self.transferred_out_from_queue += 1,
                WaitEnd::EndedOtherwise => {}
            }
        }
        if contact.agent.is_some() && contact.connected.is_some() {
            self.add_handled(ended);
        }
    }

    fn add_handled(&mut self, ended: &EndedContact) {
        let contact = &ended.contact;
        self.handled += 1;
        match contact.method {
            InitiationMethod::Inbound => self.incoming += 1,
            InitiationMethod::Outbound => self.outbound += 1,
            InitiationMethod::Callback => self.callback += 1,
            InitiationMethod::Api => self.api += 1,
            InitiationMethod::Transfer => {
                self.incoming += 1;
                self.transferred_in += 1;
            }
            InitiationMethod::QueueTransfer => {
                self.incoming += 1;
                self.transferred_in_from_queue += 1;
            }
            InitiationMethod::ExternalOutbound | InitiationMethod::Monitor => {}
        }
        let by_agent = contact.channel == Channel::Voice && contact.reason == Some("AGENT_DISCONNECT");
        self.agent_hung_up += i64::from(by_agent);
        self.hold_abandoned += i64::from(contact.is_hold_abandoned);
        self.held += i64::from(contact.holds.count > 0);
        self.holds += i64::from(contact.holds.count);
        self.hold_time += contact.holds.seconds;
        let connecting = ended.ring_start.zip(contact.connected);
        self.connecting_time += connecting.map_or(0, |(ring, connected)| whole_seconds(ring, connected));
        self.interaction_time += contact.interaction_seconds().unwrap_or(0);
        self.after_contact_work_time += contact.work_seconds().unwrap_or(0);
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
