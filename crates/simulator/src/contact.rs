//! Contacts as they are drawn, before they are written as records.

use std::collections::BTreeMap;

use rand::{RngExt as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use switchboard_core::phone::PhoneNumber;

use crate::{
    fixtures::{self, Agent, Queue},
    rng::{chance, uuid},
    times::{Timeline, place},
};

/// What kind of contact it is; decides which members its record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactKind {
    Inbound,
    Outbound,
    /// Waited in a queue until the customer asked to be called back.
    AskedForCallback,
    Callback,
    /// Waited in a queue until the queue's flow moved it to another one.
    MovedOn,
    /// The second leg of one that was moved.
    QueueTransferIn,
    /// The second leg of a transfer by an agent.
    TransferIn,
    /// Handed to a number outside.
    TransferredOut,
    Chat,
    Task,
    Email,
}

/// What a contact waited in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WaitedIn {
    Queue(&'static Queue),
    /// An agent's personal queue.
    AgentQueue(&'static Agent),
}

/// One contact, or one leg of it.
#[derive(Clone)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) kind: ContactKind,
    pub(crate) waited_in: Option<WaitedIn>,
    pub(crate) agent: Option<&'static Agent>,
    /// [`None`]: the number was withheld.
    pub(crate) customer: Option<PhoneNumber>,
    pub(crate) times: Timeline,
    pub(crate) initial: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) attributes: BTreeMap<&'static str, &'static str>,
    /// Hundredths from 100 to 500: the agent's and the customer's side.
    pub(crate) quality: (u16, u16),
    /// Recordings are now and then written after the record.
    pub(crate) recording_is_there: bool,
    pub(crate) agent_ended_it: bool,
}

impl Contact {
    fn new(rng: &mut ChaCha8Rng, callers: &[PhoneNumber], kind: ContactKind, times: Timeline) -> Self {
        let waited_in = times.queue.map(|_| WaitedIn::Queue(fixtures::any_queue(rng)));
        let agent = times.agent.map(|_| fixtures::any_agent(rng));
        let is_withheld = kind == ContactKind::Inbound && chance(rng, 4);
        Self {
            id: uuid(rng),
            kind,
            waited_in,
            agent,
            customer: if is_withheld { None } else { callers.choose(rng).cloned() },
            times: times.write(rng),
            initial: None,
            previous: None,
            next: None,
            attributes: attributes(rng),
            quality: (quality(rng), quality(rng)),
            recording_is_there: chance(rng, 95),
            agent_ended_it: chance(rng, 30),
        }
    }

    /// True if somebody took it.
    pub(crate) fn is_answered(&self) -> bool {
        self.times.agent.is_some()
    }

    /// Changes the contact as an update after the fact does: newer attributes, the recording linked.
    pub(crate) fn update(&mut self, rng: &mut ChaCha8Rng, last_update: i64) {
        self.times.last_update = last_update - self.times.start;
        self.recording_is_there = true;
        self.attributes.insert("surveyScore", ["1", "2", "3", "4", "5"].choose(rng).unwrap_or(&"3"));
        self.attributes.insert("disposition", if chance(rng, 70) { "resolved" } else { "follow-up" });
    }
}

/// Draws what happens next: one contact, or two of a chain. They are over by `now`, in seconds since 1970.
pub(crate) fn draw(rng: &mut ChaCha8Rng, callers: &[PhoneNumber], now: i64) -> (Contact, Option<Contact>) {
    let lot = rng.random_range(0..100_u8);
    let times = timeline(rng, lot);
    let kind = match lot {
        0..=77 => ContactKind::Inbound,
        78..=81 => ContactKind::Outbound,
        82..=84 => {
            return chain(rng, callers, (ContactKind::AskedForCallback, times), ContactKind::Callback, now);
        }
        85 => return chain(rng, callers, (ContactKind::MovedOn, times), ContactKind::QueueTransferIn, now),
        86..=90 => return chain(rng, callers, (ContactKind::Inbound, times), ContactKind::TransferIn, now),
        91 | 92 => ContactKind::TransferredOut,
        93..=95 => ContactKind::Chat,
        96 | 97 => ContactKind::Task,
        _ => ContactKind::Email,
    };
    let mut contact = Contact::new(rng, callers, kind, times);
    if (75..=77).contains(&lot) {
        let agent = contact.agent.unwrap_or_else(|| fixtures::any_agent(rng));
        contact.waited_in = Some(WaitedIn::AgentQueue(agent));
    }
    contact.times.start = place(rng, now, contact.times.last_update);
    (contact, None)
}

/// How a contact goes, by the lot drawn for its kind. Bounds are in seconds.
fn timeline(rng: &mut ChaCha8Rng, lot: u8) -> Timeline {
    const GREETING: (i64, i64) = (5, 90);
    const TALK: (i64, i64) = (15, 1500);
    match lot {
        0..=56 => Timeline::new(rng, GREETING).wait(rng, (1, 400)).handle(rng, TALK, true),
        57..=66 => Timeline::new(rng, GREETING).wait(rng, (1, 900)),
        67..=74 => Timeline::new(rng, (1, 180)),
        75 | 76 => Timeline::new(rng, GREETING).wait(rng, (3, 60)).handle(rng, TALK, true),
        77 => Timeline::new(rng, GREETING).wait(rng, (20, 40)),
        // The agent dials, and is connected when the other side answers.
        78..=81 => {
            let mut times = Timeline::new(rng, (4, 40));
            times.connected_to_system = Some(times.disconnect);
            times.handle(rng, TALK, true)
        }
        82..=85 => Timeline::new(rng, GREETING).wait(rng, (20, 400)),
        86..=90 => Timeline::new(rng, GREETING).wait(rng, (1, 400)).handle(rng, (20, 400), true),
        91 | 92 => {
            Timeline::new(rng, GREETING).wait(rng, (1, 400)).handle(rng, (20, 600), true).go_on_outside(rng)
        }
        93..=95 => Timeline::new(rng, (1, 30)).wait(rng, (1, 600)).handle(rng, (30, 2400), false),
        _ => {
            let mut times = Timeline::new(rng, (0, 2)).wait(rng, (10, 7200));
            times.connected_to_system = (lot > 97).then_some(0);
            times.handle(rng, (30, 1800), false)
        }
    }
}

/// A call that goes on as another contact: two records that name each other.
fn chain(
    rng: &mut ChaCha8Rng,
    callers: &[PhoneNumber],
    (first_kind, first_times): (ContactKind, Timeline),
    second_kind: ContactKind,
    now: i64,
) -> (Contact, Option<Contact>) {
    let mut first = Contact::new(rng, callers, first_kind, first_times);
    let times = second_leg(rng, second_kind);
    let mut second = Contact::new(rng, callers, second_kind, times);
    while second_kind == ContactKind::QueueTransferIn && is_one_queue(&first, &second) {
        second.waited_in = Some(WaitedIn::Queue(fixtures::any_queue(rng)));
    }

    first.agent_ended_it = true;
    first.next = Some(second.id.clone());
    second.initial = Some(first.id.clone());
    second.previous = Some(first.id.clone());
    second.customer.clone_from(&first.customer);
    second.attributes.clone_from(&first.attributes);

    let length = first.times.last_update.max(first.times.disconnect + second.times.last_update);
    first.times.start = place(rng, now, length);
    second.times.start = first.times.start + first.times.disconnect;
    (first, Some(second))
}

/// How the second contact of a chain goes.
fn second_leg(rng: &mut ChaCha8Rng, kind: ContactKind) -> Timeline {
    if kind == ContactKind::Callback {
        // The customer is called only after the wait, so the system's part begins with the agent's. Some don't answer.
        let mut times = Timeline::new(rng, (0, 2)).wait(rng, (30, 3600));
        let answers = chance(rng, 85);
        times.connected_to_system = answers.then_some(times.disconnect);
        return if answers { times.handle(rng, (15, 1500), true) } else { times };
    }
    let times = Timeline::new(rng, (0, 5)).wait(rng, (1, 300));
    // Some give up in the second queue.
    if chance(rng, 85) { times.handle(rng, (20, 1200), true) } else { times }
}

fn is_one_queue(first: &Contact, second: &Contact) -> bool {
    match (first.waited_in, second.waited_in) {
        (Some(WaitedIn::Queue(first)), Some(WaitedIn::Queue(second))) => first.id == second.id,
        _ => false,
    }
}

/// Sound is mostly good.
fn quality(rng: &mut ChaCha8Rng) -> u16 {
    if chance(rng, 90) { rng.random_range(380..=500) } else { rng.random_range(150..380) }
}

/// What flows record on a contact: strings only, some of them awkward for who splits text.
fn attributes(rng: &mut ChaCha8Rng) -> BTreeMap<&'static str, &'static str> {
    let mut attributes = BTreeMap::from([("greetingPlayed", "true")]);
    if chance(rng, 40) {
        attributes.insert("language", ["en-AU", "en-GB", "de-DE", "ja-JP"].choose(rng).unwrap_or(&"en-AU"));
    }
    if chance(rng, 10) {
        // Keys differ by case only in real records too.
        attributes.insert("GreetingPlayed", "True");
    }
    if chance(rng, 30) {
        const REASONS: [&str; 6] = [
            "billing",
            "delivery, second parcel",
            "asked for \"the usual\"",
            "line 1\nline 2",
            "sent {\"a\":{}}{\"b\":1}",
            "Grüße aus Zürich",
        ];
        attributes.insert("reason", REASONS.choose(rng).unwrap_or(&"billing"));
    }
    attributes
}
