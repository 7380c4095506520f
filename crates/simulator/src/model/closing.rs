//! The end of a contact: after-contact work, its record, and whether the customer comes back.

use super::{
    centre::Centre,
    contact::Stage,
    handle::ContactRef,
    random::{Purpose, Stream, derived},
    schedule::{ReturningCustomer, Timer},
    step::{ContactStep, Sink},
    terms::{Channel, InitiationMethod, LegRole, QueueRef, RecordAddition, WaitEnd},
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

    /// The record is written. Some are written again: when a recording is there at last, when the customer has answered a survey,
    /// when somebody has evaluated the call.
    pub(super) fn write_record(&mut self, handle: ContactRef) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.last_update = Some(self.now);
        let mut random = Stream::new(self.config.seed, Purpose::Aftermath, derived(contact.key, RETURN));
        let behaviour = &self.config.behaviour;
        let is_served = contact.connected.is_some();
        let is_surveyed = is_served && random.chance(behaviour.survey);
        let survey = random.between(2 * MINUTE, 2 * HOUR);
        let is_call = contact.channel == Channel::Voice && contact.role == LegRole::Customer;
        let is_evaluated = is_served && is_call && random.chance(behaviour.evaluation);
        let evaluation = random.between(30 * MINUTE, 30 * HOUR);
        let recording = random.between(MINUTE, 20 * MINUTE);
        let additions = [
            (contact.is_recorded_late(), RecordAddition::Recording, recording),
            (is_surveyed, RecordAddition::Survey, survey),
            (is_evaluated, RecordAddition::Evaluation, evaluation),
        ];
        let awaited = additions.into_iter().filter(|(is_awaited, ..)| *is_awaited);
        for (_, addition, after) in awaited {
            contact.additions.awaited += 1;
            self.schedule.add(self.now + after, Timer::Addition(handle, addition));
        }
        let is_whole = contact.additions.awaited == 0;
        self.note(ContactStep::Recorded, handle);
        if is_whole {
            self.contacts.remove(handle);
        }
    }

    /// It is written again, with that in it.
    pub(super) fn add_to_record(&mut self, handle: ContactRef, addition: RecordAddition) {
        let Some(contact) = self.contacts.get_mut(handle) else { return };
        contact.last_update = Some(self.now);
        contact.additions.latest = Some(addition);
        contact.additions.awaited = contact.additions.awaited.saturating_sub(1);
        match addition {
            RecordAddition::Recording => contact.additions.has_late_recording = true,
            RecordAddition::Evaluation => contact.additions.evaluated = Some(self.now),
            RecordAddition::Survey => {
                let entity = derived(contact.key, RETURN + 1);
                let mut random = Stream::new(self.config.seed, Purpose::Aftermath, entity);
                contact.attributes.push(("surveyScore", random.pick(&["1", "2", "3", "4", "5"], "3")));
                let disposition = if random.chance(0.7) { "resolved" } else { "follow-up" };
                contact.attributes.push(("disposition", disposition));
            }
        }
        let is_whole = contact.additions.awaited == 0;
        self.note(ContactStep::Recorded, handle);
        if is_whole {
            self.contacts.remove(handle);
        }
    }
}
