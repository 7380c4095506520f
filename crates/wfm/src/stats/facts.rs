//! What the statistics take from a contact record.

use std::{collections::HashSet, fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use switchboard_core::{
    ctr::{Agent, Ctr, Queue, whole_seconds},
    ctr_version::CtrVersion,
    instant::instant,
    json::Raw,
    leg::Leg,
    outcome::{QueueOutcome, QueueStay, Successor},
};

/// A record is written some minutes after its contact's end. One that says it was updated later than this after the end was
/// delivered before.
const DELIVERED_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What the statistics take from one copy of a contact record: nothing about the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactFacts {
    pub(crate) contact_id: String,
    pub(crate) version: CtrVersion,
    pub(super) contact: Contact,
}

/// A contact without its id.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) channel: Option<Arc<str>>,
    pub(super) initiation_method: Option<Arc<str>>,
    pub(super) disconnect_reason: Option<Arc<str>>,
    pub(super) next_contact_id: Option<Box<str>>,
    pub(super) previous_contact_id: Option<Box<str>>,
    pub(super) queue: Option<QueueFacts>,
    pub(super) agent: Option<AgentFacts>,
    pub(super) talk_secs: Option<u64>,
    pub(super) wrap_up_secs: Option<u64>,
    pub(super) hold_secs: Option<u64>,
    pub(super) transferred_to_endpoint: bool,
    pub(super) transfer_completed: bool,
    /// Every copy of it is of long after its end.
    pub(super) is_redelivered: bool,
}

/// The queue of a contact.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct QueueFacts {
    pub(super) id: Arc<str>,
    pub(super) name: Option<Arc<str>>,
    /// [`None`] if the contact has a queue but did not wait in it.
    pub(super) enqueued: Option<Timestamp>,
    pub(super) waited_secs: Option<u64>,
}

/// The agent who took a contact.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct AgentFacts {
    pub(super) username: Arc<str>,
    pub(super) connected: Timestamp,
}

impl fmt::Debug for ContactFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactFacts").field("contact_id", &self.contact_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl ContactFacts {
    /// Reads a record; [`None`] if it has no contact id. A contact that counts nowhere has facts too:
    /// an earlier copy of it may have counted.
    pub fn read(ctr: &Ctr<'_>, version: CtrVersion) -> Option<Self> {
        let contact_id = ctr.contact_id.text().filter(|id| !id.is_empty())?.into_owned();
        Some(Self { contact_id, version, contact: Contact::read(ctr) })
    }
}

impl Contact {
    fn read(ctr: &Ctr<'_>) -> Self {
        let agent = ctr.agent();
        Self {
            channel: shared(ctr.channel),
            initiation_method: shared(ctr.initiation_method),
            disconnect_reason: shared(ctr.disconnect_reason),
            next_contact_id: id(ctr.next_contact_id),
            previous_contact_id: id(ctr.previous_contact_id),
            queue: ctr.queue.is_object().then(|| QueueFacts::read(&ctr.queue())),
            agent: instant(agent.connected_to_agent_timestamp).map(|connected| AgentFacts {
                username: agent.name().map(Arc::from).unwrap_or_default(),
                connected,
            }),
            talk_secs: whole_seconds(agent.agent_interaction_duration),
            wrap_up_secs: whole_seconds(agent.after_contact_work_duration),
            hold_secs: whole_seconds(agent.customer_hold_duration),
            transferred_to_endpoint: ctr.transferred_to_endpoint.is_object(),
            transfer_completed: instant(ctr.transfer_completed_timestamp).is_some(),
            is_redelivered: is_redelivered(ctr, &agent),
        }
    }

    /// True for a contact of the customer's: no other counts.
    pub(super) fn is_customers(&self) -> bool {
        Leg::of(self.initiation_method.as_deref(), self.talk_secs).is_customers()
    }

    /// How its stay in a queue ended. A record is written when the contact has ended.
    pub(super) fn outcome(&self, successor: Option<Successor>) -> Option<QueueOutcome> {
        let stay = QueueStay {
            initiation_method: self.initiation_method.as_deref(),
            disconnect_reason: self.disconnect_reason.as_deref(),
            interaction_secs: self.talk_secs,
            is_answered: self.agent.is_some(),
            has_ended: true,
            successor,
        };
        stay.outcome()
    }

    /// Its times that intervals are counted by.
    pub(super) fn times(&self) -> impl Iterator<Item = Timestamp> {
        let enqueued = self.queue.as_ref().and_then(|queue| queue.enqueued);
        enqueued.into_iter().chain(self.agent.as_ref().map(|agent| agent.connected))
    }
}

impl QueueFacts {
    fn read(queue: &Queue<'_>) -> Self {
        Self {
            id: queue.id().map(Arc::from).unwrap_or_default(),
            name: shared(queue.name),
            enqueued: instant(queue.enqueue_timestamp),
            waited_secs: whole_seconds(queue.duration),
        }
    }
}

/// Texts that many contacts have, each in memory once.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// Makes the contact's texts those that are held already.
    pub(super) fn share(&mut self, contact: &mut Contact) {
        let texts = [&mut contact.channel, &mut contact.initiation_method, &mut contact.disconnect_reason];
        texts.into_iter().flatten().for_each(|text| self.intern(text));
        if let Some(queue) = &mut contact.queue {
            self.intern(&mut queue.id);
            queue.name.iter_mut().for_each(|name| self.intern(name));
        }
        contact.agent.iter_mut().for_each(|agent| self.intern(&mut agent.username));
    }

    fn intern(&mut self, text: &mut Arc<str>) {
        match self.0.get(text) {
            Some(held) => *text = Arc::clone(held),
            None => _ = self.0.insert(Arc::clone(text)),
        }
    }
}

/// True if the record was updated long after its contact's end: Connect had delivered it before.
fn is_redelivered(ctr: &Ctr<'_>, agent: &Agent<'_>) -> bool {
    let ended = instant(ctr.disconnect_timestamp).max(instant(agent.after_contact_work_end_timestamp));
    let updated = instant(ctr.last_update_timestamp);
    ended.zip(updated).is_some_and(|(ended, updated)| updated.duration_since(ended) > DELIVERED_WITHIN)
}

fn shared(raw: Raw<'_>) -> Option<Arc<str>> {
    raw.text().map(Arc::from)
}

/// The id of another contact.
fn id(raw: Raw<'_>) -> Option<Box<str>> {
    raw.text().filter(|id| !id.is_empty()).map(Box::from)
}
