//! What contacts add up to, by Connect's definitions.

use super::{history::EndedContact, standard_queue};
use crate::model::{Channel, InitiationMethod, LegRole, WaitEnd, whole_seconds};

/// What some contacts add up to. Times are in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Contacts that began: `CONTACTS_CREATED`.
    pub(crate) created: i64,
    /// Contacts that are over.
    pub(crate) contacts: i64,
    /// Those that had been in a standard queue: `CONTACTS_QUEUED`.
    pub(crate) queued: i64,
    /// Those that an agent was connected with: `CONTACTS_HANDLED`.
    pub(crate) handled: i64,
    /// Handled ones that came in, by a transfer too.
    pub(crate) incoming: i64,
    /// Handled ones that an agent dialled.
    pub(crate) outbound: i64,
    /// Handled callbacks.
    pub(crate) callback: i64,
    /// Handled ones that the API began: chats, tasks and campaign calls.
    pub(crate) api: i64,
    /// Legs of colleagues who were asked: `CONTACTS_CONSULTED`.
    pub(crate) consulted: i64,
    /// Handled ones that another agent had passed on.
    pub(crate) transferred_in: i64,
    /// Handled ones that came from another queue's flow.
    pub(crate) transferred_in_from_queue: i64,
    /// Those that their agent passed on for good.
    pub(crate) transferred_out: i64,
    /// Those that the queue's flow moved, and callbacks that it took down.
    pub(crate) transferred_out_from_queue: i64,
    /// Callbacks that were dialled once more.
    pub(crate) retried: i64,
    /// Offers that agents did not take.
    pub(crate) not_taken: i64,
    /// Calls that the agent ended.
    pub(crate) agent_hung_up: i64,
    /// Handled ones with a hold: `CONTACTS_PUT_ON_HOLD`.
    pub(crate) held: i64,
    /// All holds: some contacts have several.
    pub(crate) holds: i64,
    /// Calls whose customer hung up while on hold.
    pub(crate) hold_abandoned: i64,
    /// From the ring to the connection.
    pub(crate) connecting_time: i64,
    /// Talk, without hold and after-contact work.
    pub(crate) interaction_time: i64,
    /// The customer's time on hold.
    pub(crate) hold_time: i64,
    /// After-contact work.
    pub(crate) after_contact_work_time: i64,
    /// The longest wait in a queue, however it ended: `MAX_QUEUED_TIME`.
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

    /// Adds a contact that an agent was connected with, in the way in which it came.
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

    /// How many gave up in a queue: `CONTACTS_ABANDONED`.
    pub(crate) fn abandoned(&self) -> i64 {
        count(&self.abandoned_after, |_| true)
    }

    /// How many were answered from a queue.
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

/// How many waits, in seconds, are within a threshold.
fn count(waits: &[i64], within: impl Fn(i64) -> bool) -> i64 {
    i64::try_from(waits.iter().filter(|&&wait| within(wait)).count()).unwrap_or(i64::MAX)
}
