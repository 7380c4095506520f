//! Which agents can be offered something.

use std::collections::BTreeSet;

use super::{terms::Channel, time::Millis};

/// The agents of each routing profile who can be offered a contact of a channel, the longest idle first.
#[derive(Debug)]
pub(super) struct ReadyAgents {
    lists: Vec<[BTreeSet<(Millis, usize)>; 4]>,
}

impl ReadyAgents {
    pub(super) fn new(profiles: usize) -> Self {
        Self { lists: (0..profiles).map(|_| Default::default()).collect() }
    }

    fn list(&mut self, profile: usize, channel: Channel) -> Option<&mut BTreeSet<(Millis, usize)>> {
        self.lists.get_mut(profile)?.get_mut(channel as usize)
    }

    pub(super) fn insert(&mut self, profile: usize, channel: Channel, idle_since: Millis, agent: usize) {
        if let Some(list) = self.list(profile, channel) {
            list.insert((idle_since, agent));
        }
    }

    pub(super) fn remove(&mut self, profile: usize, channel: Channel, idle_since: Millis, agent: usize) {
        if let Some(list) = self.list(profile, channel) {
            list.remove(&(idle_since, agent));
        }
    }

    /// The agent who has been idle for longest, and since when.
    pub(super) fn longest_idle(&self, profile: usize, channel: Channel) -> Option<(Millis, usize)> {
        self.lists.get(profile)?.get(channel as usize)?.first().copied()
    }
}
