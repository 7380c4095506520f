//! What is to happen: a queue ordered by time, and by sequence number where times are equal.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use super::{
    directory::StatusChoice,
    handle::ContactRef,
    terms::{Channel, Customer, RecordAddition},
    time::Millis,
};

/// What is to happen.
#[derive(Debug, Clone)]
pub(super) enum Timer {
    /// The next contact of a source, and what it draws from.
    Arrival { source: usize, key: u64 },
    /// A customer contacts the centre again.
    Return(Box<ReturningCustomer>),
    /// A contact that was written down by hand begins.
    Scripted { index: usize },
    /// The next block of a contact's flow.
    Block(ContactRef, u32),
    /// The customer hangs up in the flow.
    LeaveFlow(ContactRef, u32),
    /// A call that the centre makes is answered, or given up.
    Dialled(ContactRef, u32),
    /// The customer gives up waiting.
    GiveUp(ContactRef),
    /// The queue's flow does something.
    QueueTurn(ContactRef),
    /// The contact may be offered to more agents.
    Routable(ContactRef),
    /// An agent replies to an offer.
    Reply(ContactRef, u32),
    /// An agent clears a contact that was not taken.
    Clear { agent: usize, contact: ContactRef },
    /// The action of a contact's plan that goes on is over.
    ActionOver(ContactRef, u32),
    /// A supervisor has listened enough.
    MonitorOver(ContactRef),
    /// Somebody outside answers, or leaves.
    Outside(ContactRef, u32),
    /// After-contact work is over.
    WorkOver(ContactRef),
    /// The record is written.
    Record(ContactRef),
    /// The record is written again, with that in it.
    Addition(ContactRef, RecordAddition),
    /// The agent's shift of that local day begins; without a day it is one without breaks, available at once.
    LogOn { agent: usize, day: Option<i64> },
    /// The agent logs on after lunch, and is available after so long.
    LogOnAgain { agent: usize, available_after: Millis },
    /// The agent chooses a status, for so long.
    Choose { agent: usize, status: StatusChoice, length: Millis },
    /// The status is over that was chosen for so long at that time.
    StatusOver { agent: usize, since: Millis },
    /// The agent logs off.
    LogOff { agent: usize },
    /// The agent can be offered something again.
    Ready { agent: usize },
    /// Nothing was published of the agent for two minutes.
    Heartbeat { agent: usize },
    /// Something of the centre is renamed, created or deleted.
    Change { number: u32 },
}

/// A customer who will contact the centre again.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReturningCustomer {
    pub(super) key: u64,
    pub(super) customer: Customer,
    pub(super) channel: Channel,
    pub(super) queue: usize,
}

#[derive(Debug)]
struct Entry {
    at: Millis,
    number: u64,
    timer: Timer,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// What is to happen, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    entries: BinaryHeap<Reverse<Entry>>,
    numbers: u64,
}

impl Schedule {
    pub(super) fn add(&mut self, at: Millis, timer: Timer) {
        self.numbers += 1;
        self.entries.push(Reverse(Entry { at, number: self.numbers, timer }));
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Millis> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    pub(super) fn pop(&mut self) -> Option<(Millis, Timer)> {
        self.entries.pop().map(|Reverse(entry)| (entry.at, entry.timer))
    }
}
