//! The end of a contact: after-contact work, its record, and whether the customer comes back.

use super::{
    centre::Centre,
    contact::Stage,
    handle::ContactRef,
    random::{Purpose, Stream, derived},
    schedule::{ReturningCustomer, Timer},
    step::{ContactStep, Sink},
    terms::{InitiationMethod, LegRole, QueueRef, WaitEnd},
    time::{HOUR, MINUTE, SECOND},
};

/// Sets a returning customer's contact apart from the one before.
const RETURN: u64 = 7;

impl<S: Sink> Centre<S> {
    /// The customer is gone, or whoever it is.
    pub(super) fn disconnect(&mut self, handle: ContactRef, reason: &'static str) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.disconnected = Some(self.now);
        contact.reason = Some(reason);
        contact.stage = Stage::Ended;
        contact.epoch += 1;
        let (is_completed, monitor) = (contact.is_completed(), contact.monitor.take());
        self.note(ContactStep::Disconnected, handle);
        if let Some(monitor) = monitor {
            self.stop_monitoring(monitor);
        }
        if is_completed {
            self.complete(handle);
        }
    }

    /// After-contact work is over.
    pub(super) fn work_over(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.work_ended = Some(self.now);
        let (agent, is_completed) = (contact.offered_to, contact.is_completed());
        if is_completed {
            self.complete(handle);
        }
        if let Some(agent) = agent {
            self.take_out_of_hands(handle, agent);
        }
    }

    fn complete(&mut self, handle: ContactRef) {
        self.note(ContactStep::Completed, handle);
        self.summary.ended += 1;
        let Some(contact) = self.contacts.get(handle) else { return };
        let mut random = Stream::new(self.config.seed, Purpose::Aftermath, contact.key);
        let delay = random.between(60 * SECOND, 75 * SECOND);
        self.schedule.add(self.now + delay, Timer::Record(handle));
        let behaviour = &self.config.behaviour;
        let makes = matches!(contact.method, InitiationMethod::Inbound | InitiationMethod::Api)
            && !contact.is_campaign;
        let (returns, after) = match contact.wait_end {
            Some(WaitEnd::Abandoned) if makes => {
                (random.chance(behaviour.returns_after_abandoning), random.between(MINUTE, 30 * MINUTE))
            }
            Some(WaitEnd::Answered) if makes && contact.role == LegRole::Customer => {
                (random.chance(behaviour.returns_after_service), random.between(10 * MINUTE, 20 * HOUR))
            }
            _ => return,
        };
        let Some(QueueRef::Standard(queue)) = contact.queue else { return };
        if returns {
            let returning = ReturningCustomer {
                key: derived(contact.key, RETURN),
                customer: contact.customer,
                channel: contact.channel,
                queue,
            };
            self.schedule.add(self.now + after, Timer::Return(Box::new(returning)));
        }
    }

    /// The record is written. Some are written again, when a recording is there and the customer has answered a survey.
    pub(super) fn write_record(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.last_update = Some(self.now);
        let mut random = Stream::new(self.config.seed, Purpose::Aftermath, derived(contact.key, RETURN));
        let is_revised = contact.connected.is_some() && random.chance(self.config.behaviour.revision);
        self.note(ContactStep::Recorded, handle);
        if is_revised {
            let at = self.now + random.between(2 * MINUTE, 2 * HOUR);
            self.schedule.add(at, Timer::Revision(handle));
        } else {
            self.contacts.remove(handle);
        }
    }

    /// It is written again.
    pub(super) fn revise_record(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        let mut random = Stream::new(self.config.seed, Purpose::Aftermath, derived(contact.key, RETURN + 1));
        contact.last_update = Some(self.now);
        contact.attributes.push(("surveyScore", random.pick(&["1", "2", "3", "4", "5"], "3")));
        let disposition = if random.chance(0.7) { "resolved" } else { "follow-up" };
        contact.attributes.push(("disposition", disposition));
        self.note(ContactStep::Recorded, handle);
        self.contacts.remove(handle);
    }
}
