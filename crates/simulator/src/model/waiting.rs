//! Who waits in which queue.

use std::collections::BTreeSet;

use super::{handle::ContactRef, terms::Channel, time::Millis};

/// A place in a waiting list: by priority, then by the time of coming, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket {
    /// 1 comes first.
    pub(super) priority: u8,
    pub(super) enqueued: Millis,
    pub(super) number: u64,
    pub(super) contact: ContactRef,
}

/// The waiting lists: one for each queue and channel.
#[derive(Debug)]
pub(super) struct WaitingLists {
    lists: Vec<[BTreeSet<Ticket>; 4]>,
    numbers: u64,
}

impl WaitingLists {
    pub(super) fn new(queues: usize) -> Self {
        Self { lists: (0..queues).map(|_| Default::default()).collect(), numbers: 0 }
    }

    /// One more queue.
    pub(super) fn add_queue(&mut self) {
        self.lists.push(Default::default());
    }

    fn list(&mut self, queue: usize, channel: Channel) -> Option<&mut BTreeSet<Ticket>> {
        self.lists.get_mut(queue)?.get_mut(channel as usize)
    }

    /// A new place at the end of those of its priority.
    pub(super) fn ticket(&mut self, priority: u8, enqueued: Millis, contact: ContactRef) -> Ticket {
        self.numbers += 1;
        Ticket { priority, enqueued, number: self.numbers, contact }
    }

    pub(super) fn insert(&mut self, queue: usize, channel: Channel, ticket: Ticket) {
        if let Some(list) = self.list(queue, channel) {
            list.insert(ticket);
        }
    }

    pub(super) fn remove(&mut self, queue: usize, channel: Channel, ticket: &Ticket) {
        if let Some(list) = self.list(queue, channel) {
            list.remove(ticket);
        }
    }

    /// Who is next.
    pub(super) fn first(&self, queue: usize, channel: Channel) -> Option<&Ticket> {
        self.lists.get(queue)?.get(channel as usize)?.first()
    }
}
