//! What really happened in a step of the day.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use switchboard_core::arn::last_segment;
use switchboard_simulator::model::emit::EmittedKind;
use switchboard_simulator::model::{Contact, ContactStep, Directory, LegRole, Millis, QueueRef, Step};

use super::journey::{ContactMoment, ContactStory};

/// What really happened since it was asked for last.
#[derive(Debug, Default)]
pub(super) struct News {
    /// The lines of contacts that are over.
    pub(super) contacts: Vec<u8>,
    /// What happened to contacts, by their ids.
    pub(super) moments: BTreeMap<String, Vec<ContactMoment>>,
    /// Contacts whose record was written. While a colleague is asked the customer is on hold for the colleague's leg, too,
    /// without a step of that leg's.
    pub(super) recorded: Vec<RecordedContact>,
    /// What was emitted of contacts, by their ids.
    pub(super) emitted: BTreeMap<String, EmittedOf>,
    /// Contacts that are over, with where they count.
    pub(super) counted: Vec<CountedContact>,
    /// The lines of intervals in which nothing counts any more.
    pub(super) intervals: Vec<u8>,
    /// The queues, by id, in which contacts waited for one agent.
    pub(super) own_queues: BTreeSet<String>,
}

/// A contact whose record was written.
#[derive(Debug)]
pub(super) struct RecordedContact {
    pub(super) id: String,
    /// How often the customer was on hold.
    pub(super) holds: u32,
    pub(super) story: ContactStory,
}

/// What was emitted of a contact, each by its hash: what comes again is the same.
#[derive(Debug, Clone, Default)]
pub(super) struct EmittedOf {
    pub(super) contact_events: BTreeSet<u64>,
    pub(super) contact_records: BTreeSet<u64>,
}

/// A contact that is over.
#[derive(Debug)]
pub(super) struct CountedContact {
    pub(super) id: String,
    /// As what it went on.
    pub(super) next: Option<String>,
    /// The moments at which it is to be counted for its queue and for its agent.
    pub(super) moments: Vec<CountedMoment>,
    /// False for a leg that is in no statistics, although the moments are there.
    pub(super) is_counted: bool,
}

/// When a contact is counted, and for whom.
#[derive(Debug)]
pub(super) struct CountedMoment {
    pub(super) at: Millis,
    /// Empty for the queue's figures.
    pub(super) agent: String,
    /// The queue's id; empty where the contact waited in none.
    pub(super) queue: String,
    pub(super) channel: &'static str,
}

impl News {
    /// Takes a step of a contact.
    pub(super) fn take_contact(&mut self, step: &Step<'_>, what: ContactStep, contact: &Contact) {
        let id = contact.id.to_string();
        if what == ContactStep::Recorded {
            let story = ContactStory::of(contact, step.directory);
            self.recorded.push(RecordedContact { id: id.clone(), holds: contact.holds.count, story });
        }
        if what == ContactStep::Completed {
            self.counted.push(CountedContact::of(contact, step.directory));
        }
        if let Some(queue @ QueueRef::OfAgent(_)) = contact.queue {
            self.own_queues.insert(last_segment(step.directory.queue_arn(queue)).to_owned());
        }
        let is_not_taken = matches!(what, ContactStep::Missed | ContactStep::Rejected | ContactStep::Failed);
        let agent = if is_not_taken { contact.offered_to } else { contact.agent };
        let agent = agent.and_then(|agent| step.directory.people.get(agent));
        let agent = agent.map(|person| person.username.clone());
        let moment = ContactMoment { step: what, at: step.at, agent };
        self.moments.entry(id).or_default().push(moment);
    }
}

impl CountedContact {
    fn of(contact: &Contact, directory: &Directory) -> Self {
        let waited_in = contact.queue.filter(|_| contact.enqueued.is_some());
        let queue = waited_in.map_or("", |queue| last_segment(directory.queue_arn(queue))).to_owned();
        let agent = contact.agent.and_then(|agent| directory.people.get(agent));
        let agent = agent.map(|person| person.username.clone()).unwrap_or_default();
        let channel = contact.channel.name();
        let in_queue = contact.enqueued.map(|at| (at, String::new()));
        let moments = in_queue.into_iter().chain(contact.connected.map(|at| (at, agent)));
        // The record of a colleague who did not take the question is that of a transfer that nobody took.
        let is_taken_for_it = contact.role == LegRole::Consulted && contact.connected.is_none();
        Self {
            id: contact.id.to_string(),
            next: contact.next.map(|next| next.to_string()),
            moments: moments
                .map(|(at, agent)| CountedMoment { at, agent, queue: queue.clone(), channel })
                .collect(),
            is_counted: contact.role == LegRole::Customer || is_taken_for_it,
        }
    }
}

impl EmittedOf {
    pub(super) fn add(&mut self, kind: EmittedKind, bytes: &[u8]) {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let added_to = match kind {
            EmittedKind::ContactEvent => &mut self.contact_events,
            _ => &mut self.contact_records,
        };
        added_to.insert(hasher.finish());
    }
}
