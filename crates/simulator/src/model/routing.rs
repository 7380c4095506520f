//! Who is offered what: the longest idle agent, the contact of the best priority, and of these the oldest.

use super::{
    centre::Centre,
    handle::ContactRef,
    step::Sink,
    terms::{Channel, QueueRef},
    time::Millis,
};

impl<S: Sink> Centre<S> {
    /// Offers a waiting contact to the longest idle of the agents who may have it by now, if there is one.
    pub(super) fn route(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get(handle).filter(|contact| contact.ticket.is_some()) else {
            return;
        };
        let Some(QueueRef::Standard(queue)) = contact.queue else { return };
        let waited = contact.enqueued.map(|enqueued| self.now - enqueued);
        if let Some(agent) = self.longest_idle_for(queue, contact.channel, waited) {
            self.offer(handle, agent);
        }
    }

    /// The longest idle agent who serves a queue, for a contact that has waited for so long; [`None`]: any delay counts as waited.
    pub(super) fn longest_idle_for(
        &self,
        queue: usize,
        channel: Channel,
        waited: Option<Millis>,
    ) -> Option<usize> {
        let serving = self.directory.serving(queue).iter();
        serving
            .filter(|(_, entry)| waited.is_none_or(|waited| waited >= entry.delay))
            .filter_map(|(profile, _)| self.ready.longest_idle(*profile, channel))
            .min()
            .map(|(_, agent)| agent)
    }

    /// Sees whether the agent can be offered anything, and offers what is next.
    pub(super) fn serve(&mut self, agent: usize) {
        self.refresh(agent);
        if let Some(next) = self.next_for(agent) {
            self.offer(next, agent);
        }
    }

    /// Stands the agent among those who are ready, or not, as it is now.
    pub(super) fn refresh(&mut self, index: usize) {
        let Some(agent) = self.agents.get_mut(index) else { return };
        for channel in Channel::ALL {
            let slots = self.directory.slots(agent.profile, channel);
            let is_ready = agent.can_take(channel, slots, self.now).then_some(agent.idle_since);
            let Some(listed) = agent.listed.get_mut(channel as usize) else { continue };
            if *listed == is_ready {
                continue;
            }
            if let Some(since) = *listed {
                self.ready.remove(agent.profile, channel, since, index);
            }
            if let Some(since) = is_ready {
                self.ready.insert(agent.profile, channel, since, index);
            }
            *listed = is_ready;
        }
    }

    /// What the agent is to be offered next.
    fn next_for(&self, agent: usize) -> Option<ContactRef> {
        let agent = self.agents.get(agent)?;
        let profile = self.directory.profiles.get(agent.profile)?;
        let mut best = None;
        for channel in Channel::ALL {
            if agent.listed.get(channel as usize).copied().flatten().is_none() {
                continue;
            }
            for entry in &profile.entries {
                let Some(first) = self.waiting.first(entry.queue, channel) else { continue };
                if self.now - first.enqueued < entry.delay {
                    continue;
                }
                let candidate = (entry.priority, *first);
                best = Some(best.map_or(candidate, |best| candidate.min(best)));
            }
        }
        best.map(|(_, ticket)| ticket.contact)
    }
}
